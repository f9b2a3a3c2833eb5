/** The in-memory phone without its user: what outlives the app's process, and the process. */
import type { Method } from '../methods';
import type { ZpnsEnvironment } from '../types';
import { Account } from './account';
import { answers, type Answer } from './answers';
import { Calls } from './calls';
import { Clock } from './clock';
import { Gateway } from './gateway';
import { Mailbox } from './mailbox';
import type { AppFacts, Process } from './process';
import { Registration, type Tokens } from './registration';
import { Screen } from './screen';
import type { Note, TimelineEntry } from './timeline';
import { Turns } from './turns';
import { UserRequests } from './userRequests';

/** What kind of phone it is and how the app on it was built. Defaults in brackets. */
export interface MockOptions extends AppFacts {
  /** What the user answers when the app asks for permission to notify [true]. */
  readonly permission: boolean;
  /** How the app is signed [`production`]. */
  readonly environment: ZpnsEnvironment;
  /** How long the app has for an action, in milliseconds [30 000]. */
  readonly actionTimeoutMs: number;
  /** How long the system takes to complete a reported call, in milliseconds [0]. */
  readonly reportDelayMs: number;
  /** When the clock stands at first, Unix milliseconds [now]. */
  readonly now: number;
}

/** A process with everything in it. */
export interface Running extends Process {
  readonly calls: Calls;
  readonly registration: Registration;
  readonly answers: Record<Method, Answer>;
  foreground: boolean;
}

/** The phone. */
export class Phone {
  /** The gateway: what happens on it, how it answers, what it was asked. */
  readonly gateway: Gateway;
  /** Everything that happened, in order. */
  readonly timeline: TimelineEntry[] = [];
  protected readonly options: MockOptions;
  /** What is switched on and off while the app runs; survives the process, as on a phone. */
  protected readonly facts: AppFacts;
  protected readonly turns = new Turns();
  protected readonly clock: Clock;
  protected readonly screen: Screen;
  protected readonly tokens: Tokens = { apns: 'a0'.repeat(32), voip: 'b1'.repeat(32) };
  /** Background notifications that the app has not finished with. */
  protected readonly background = new Map<number, () => void>();
  protected process: Running | undefined;

  /** @internal */
  constructor(options: Partial<MockOptions> = {}) {
    const app = { bundleID: 'com.example.app', appName: 'Example', callKitDisabled: false, permission: true };
    const phone = { environment: 'production' as const, iosVersion: '26.4', actionTimeoutMs: 30_000, reportDelayMs: 0, now: Date.now() };
    this.options = { ...app, ...phone, ...options };
    const { bundleID, appName, iosVersion, callKitDisabled } = this.options;
    this.facts = { bundleID, appName, iosVersion, callKitDisabled };
    this.clock = new Clock(this.options.now);
    this.gateway = new Gateway(() => this.clock.now(), undefined, this.turns.now);
    const { actionTimeoutMs, reportDelayMs } = this.options;
    this.screen = new Screen({ doNotDisturb: false, blocked: [], actionTimeoutMs, reportDelayMs }, this.clock, this.note, this.turns.later);
  }

  /** The process that runs. */
  protected get running(): Running {
    if (this.process === undefined) throw new Error('The app does not run: launch() it first.');
    return this.process;
  }

  protected readonly note: Note = (type, fields) => {
    this.timeline.push({ type, at: this.clock.now(), ...fields } as TimelineEntry);
  };

  /** The process, started if there is none. */
  protected startProcess(by: 'user' | 'push' | 'recents' = 'user'): Running {
    if (this.process) return this.process;
    return this.turns.now(() => {
      this.note('launched', { by });
      const process = this.#make(by !== 'push');
      this.process = process;
      if (!this.facts.callKitDisabled) {
        this.screen.configure({}, process.calls);
        process.mailbox.emit('providerDidBegin', {});
      }
      return process;
    });
  }

  #make(foreground: boolean): Running {
    const later = (work: () => void): void => {
      this.turns.later(() => {
        if (this.process === running) work();
      });
    };
    const mailbox = new Mailbox(() => this.clock.now(), later);
    const { clock, screen, gateway, note } = this;
    const account = new Account(clock, mailbox);
    const userRequests = new UserRequests(account, gateway, later);
    const process: Process = { facts: this.facts, account, clock, mailbox, screen, gateway, note, userRequests, later };
    const calls = new Calls(process);
    const registration = new Registration(process, this.options.environment, () => this.tokens);
    const finished = (seq: number): void => {
      this.background.get(seq)?.();
      this.background.delete(seq);
    };
    const { permission, callKitDisabled: builtWithoutCallKit } = this.options;
    const table = answers({ process, calls, registration, permission, builtWithoutCallKit, finished });
    const running: Running = { ...process, calls, registration, answers: table, foreground };
    return running;
  }
}
