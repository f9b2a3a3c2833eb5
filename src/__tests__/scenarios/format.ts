/** Scenario files: their shape (scenarios/README.md explains it, scenarios/scenario.schema.json decides it), and where they are. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CallChange, GatewayAnswer, GatewayRequestName, Invitation } from '../../jest';

/** Replays a scenario. */
export type Runner = 'rust' | 'core' | 'mock';

/** One file. */
export interface Scenario {
  readonly name: string;
  readonly answers: { readonly pain: string; readonly seen?: readonly string[] };
  readonly not?: readonly { readonly runner: Runner; readonly because: string }[];
  readonly phone?: Record<string, unknown>;
  readonly steps: readonly Step[];
}

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
  | { readonly js: 'stop' }
  | { readonly js: 'listen' | 'ignore'; readonly to: readonly string[] }
  | { readonly signIn: string | null; readonly renews?: boolean }
  | { readonly ask: string; readonly with?: object; readonly ok?: unknown; readonly error?: ErrorSpec }
  | { readonly settle: string; readonly call: string; readonly by: Outcome; readonly error?: ErrorSpec }
  | { readonly push: object | string; readonly kind?: 'voip' | 'background' }
  | { readonly invite: Invitation }
  | { readonly withdraw: Invitation }
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
  | { readonly advance: number }
  | ({ readonly gateway: 'says'; readonly call: string } & CallChange)
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

/** The files that a runner replays, as `describe.each` and `test.each` take them. */
export function scenariosFor(runner: Runner): [name: string, scenario: Scenario][] {
  const all = scenarios().filter(({ scenario }) => scenario.not?.every((not) => not.runner !== runner) ?? true);
  return all.map(({ file, scenario }) => [`${file}: ${scenario.name}`, scenario]);
}
