/** What a scenario plays on: a phone, a gateway, and the app's backend. */
import type { ZpnsMock, ZpnsMockOptions } from '../../jest';
import type { Backend } from './app';
import type { Invited, PhoneKind } from './format';

/** What somebody does to a call at the gateway. */
export interface CallAct {
  readonly verb: 'accept' | 'reject' | 'cancel' | 'end';
  readonly callID: string;
  /** What goes with it. */
  readonly body: { readonly installation?: string; readonly extendedData?: string; readonly invitees?: readonly string[] };
}

/** A stage. The app is installed, was opened once and does not run. */
export interface Stage {
  readonly phone: ZpnsMock;
  /** The gateway, as the app's developer knows it. */
  readonly backend: Backend;
  /** How long something that has to happen is waited for, in real milliseconds. */
  readonly patienceMs: number;
  /** Time passes. */
  advance(milliseconds: number): void;
  /** Somebody calls; the call's push, which this stage does not deliver by itself. */
  invite(invitation: Invited): Promise<string>;
  /** A user has a device. */
  register(user: string): Promise<void>;
  /** A user does something to a call. */
  act(user: string, act: CallAct): Promise<void>;
  /** Apple gives the app another token. */
  rotateToken(kind: 'apns' | 'voip'): Promise<void>;
  /** Everything that was on its way has arrived. */
  settle(): Promise<void>;
  dispose(): Promise<void>;
}

/** The phone of a story, for a stage that brings no more to it. */
export function phoneOptions(kind: PhoneKind = {}): ZpnsMockOptions {
  return { bundleID: 'com.example.calls', appName: 'Calls', signing: 'development', ...kind };
}

/** What was before the story: the app was opened once. */
export function openOnce(phone: ZpnsMock): void {
  phone.launch();
  phone.killApp();
  phone.timeline.length = 0;
  phone.gateway.requests.length = 0;
}
