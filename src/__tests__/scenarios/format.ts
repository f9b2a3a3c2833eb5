/** Scenario files: their shape (scenarios/README.md explains it, scenarios/scenario.schema.json decides it), and where they are. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type {
  AudioActivation,
  GatewayAnswer,
  GatewayRequestName,
  IncomingCallError,
  Invitation,
  NetworkChange,
  OtherCall,
  Signing,
  StorageChange,
} from '../../jest';

/** One file. */
export interface Scenario {
  readonly name: string;
  readonly answers: { readonly pain: string; readonly seen?: readonly string[] };
  readonly phone?: PhoneKind;
  readonly steps: readonly Step[];
}

/** What kind of phone it is. */
export interface PhoneKind {
  readonly appName?: string;
  readonly signing?: Signing;
  readonly iosVersion?: string;
  readonly callKitDisabled?: boolean;
  readonly storageReadable?: boolean;
  readonly actionTimeoutMs?: number;
  readonly reportDelayMs?: number;
  readonly networkDelayMs?: number;
  readonly audioActivation?: AudioActivation;
  readonly refuseReports?: IncomingCallError;
  readonly clockOffsetMs?: number;
}

/** An invitation through the gateway: caller `alice`, user `bob`, 45 s, resource `voip` unless said otherwise. */
export type Invited = Invitation & { readonly resourcesID?: string };

/** What the user does. */
export type UserVerb =
  | 'answer'
  | 'end'
  | 'mute'
  | 'unmute'
  | 'hold'
  | 'resume'
  | 'group'
  | 'ungroup'
  | 'type'
  | 'swap'
  | 'callBack'
  | 'block'
  | 'silence'
  | 'unlock';

/** Something that is expected to be so. */
export type Expectation =
  | { readonly hears: string; readonly body?: unknown }
  | { readonly heard: readonly string[] }
  | { readonly hearsNo: string }
  | { readonly shows: string; readonly call?: string; readonly entry?: object }
  | { readonly showsNo: string; readonly call?: string; readonly entry?: object }
  | { readonly gets: GatewayRequestName; readonly call?: string; readonly by?: string; readonly body?: unknown }
  | { readonly getsNo: GatewayRequestName; readonly call?: string };

/** One step: something that is done, or expected. */
export type Step =
  | Expectation
  | { readonly app: 'launch' | 'kill' | 'foreground' | 'background' }
  | { readonly js: 'start'; readonly listen?: readonly string[]; readonly settle?: Readonly<Record<string, Outcome>> }
  | { readonly js: 'stop'; readonly late?: true }
  | { readonly js: 'listen' | 'ignore'; readonly to: readonly string[] }
  | { readonly js: 'refuse'; readonly next: string }
  | { readonly signIn: string | null; readonly renews?: boolean }
  | { readonly ask: string; readonly with?: object; readonly ok?: unknown; readonly error?: ErrorSpec }
  | { readonly settle: string; readonly call: string; readonly by: Outcome; readonly late?: true; readonly error?: ErrorSpec }
  | { readonly push: object | string; readonly kind?: 'voip' | 'background' }
  | { readonly invite: Invited; readonly held?: true }
  | { readonly deliver: string }
  | { readonly participant: string; readonly does: 'register' }
  | {
      readonly participant: string;
      readonly does: 'accept' | 'reject' | 'cancel' | 'end';
      readonly call: string;
      readonly on?: string;
      readonly invitees?: readonly string[];
      readonly extendedData?: string;
    }
  | {
      readonly user: UserVerb;
      readonly call?: string;
      readonly with?: string;
      readonly others?: 'hold' | 'end';
      readonly digits?: string;
      readonly handle?: string;
      readonly on?: boolean;
    }
  | { readonly apple: 'rotateToken' | 'invalidateToken'; readonly kind: 'apns' | 'voip' }
  | { readonly apple: 'timeOut'; readonly call: string }
  | { readonly apple: 'resetProvider' }
  | { readonly apple: 'refuseReports'; readonly as?: IncomingCallError }
  | { readonly otherCall: OtherCall; readonly ours?: 'hold' | 'end' }
  | { readonly network: NetworkChange }
  | { readonly clock: { readonly jumpMs: number } }
  | { readonly storage: StorageChange }
  | { readonly advance: number }
  | { readonly gateway: 'answers'; readonly to: GatewayRequestName; readonly with: readonly GatewayAnswer[] };

/** How an action is settled. */
export type Outcome = 'fulfill' | 'fail';

/** The error that a promise is rejected with. */
export interface ErrorSpec {
  readonly code: string;
  readonly domain: string;
  /** Part of the message. */
  readonly says?: string;
}

/** The folder. */
export const SCENARIOS = join(__dirname, '..', '..', '..', 'scenarios');

/** All files, by name. */
export function scenarios(): { readonly file: string; readonly scenario: Scenario }[] {
  const files = readdirSync(SCENARIOS).filter((file) => file.endsWith('.json') && file !== 'scenario.schema.json');
  return files.sort().map((file) => ({ file, scenario: JSON.parse(readFileSync(join(SCENARIOS, file), 'utf8')) as Scenario }));
}

/** The files as `test.each` takes them. */
export function stories(wanted: (scenario: Scenario) => boolean = () => true): [name: string, scenario: Scenario][] {
  const files = scenarios().filter(({ scenario }) => wanted(scenario));
  return files.map(({ file, scenario }) => [`${file}: ${scenario.name}`, scenario]);
}

/** Whether no time has to pass in it. */
export function needsNoTime({ steps }: Scenario): boolean {
  return !steps.some((step) => 'advance' in step);
}
