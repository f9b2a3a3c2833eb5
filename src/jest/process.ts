/** What the parts of the app's process share. */
import type { ZpnsCall } from '../types';
import type { Account } from './account';
import type { Clock } from './clock';
import type { Gateway } from './gateway';
import type { Mailbox } from './mailbox';
import type { Screen } from './screen';
import type { Note } from './timeline';
import type { UserRequests } from './userRequests';

/** How the app was built. */
export interface AppFacts {
  /** The app's bundle ID [`com.example.app`]. */
  readonly bundleID: string;
  /** The app's name: shown as the caller where a push names none [`Example`]. */
  readonly appName: string;
  /** iOS version [`26.4`]. From 26.4 on a push need not be reported while the app is in the foreground. */
  readonly iosVersion: string;
  /** Whether the build has CallKit switched off: Info.plist `ZPNSCallKitDisabled` [false]. */
  callKitDisabled: boolean;
}

/** The process, as its parts see it. */
export interface Process {
  readonly facts: AppFacts;
  readonly account: Account;
  readonly clock: Clock;
  readonly mailbox: Mailbox;
  readonly screen: Screen;
  readonly gateway: Gateway;
  readonly note: Note;
  readonly userRequests: UserRequests;
  /** Does this when what goes on is done; not at all if the process is gone by then. */
  readonly later: (work: () => void) => void;
}

/** A call, with what JavaScript is not told. */
export type LiveCall = { -readonly [Key in keyof ZpnsCall]: ZpnsCall[Key] } & {
  /** Whether the system has confirmed it. */
  shown: boolean;
};
