/** The system's call screen: what CallKit does with reports, requests and the user's taps, where app tests can see a difference. */
import { ZpnsError, ZpnsErrorDomain } from '../errors';
import { CXErrorCodeIncomingCall, CXErrorCodeRequestTransaction, type CXHandle, type CXProviderConfiguration } from '../types';
import type { Clock, Timer } from './clock';
import type { ActionName, EndCause, Note } from './timeline';

/** How an action ended: by the app, by the system's deadline, by a provider reset, or because its call was over. */
export type ActionOutcome = 'fulfill' | 'fail' | 'timedOut' | 'reset' | 'over';

/** An action that the app is asked to perform. */
export interface ScreenAction {
  readonly id: number;
  readonly kind: ActionName;
  readonly uuid: string;
  readonly origin: 'user' | 'app';
  /** Unix milliseconds. */
  readonly deadline: number;
  readonly fields: ActionFields;
}

/** What an action carries beside its call. */
export interface ActionFields {
  readonly handle?: CXHandle;
  readonly video?: boolean;
  readonly onHold?: boolean;
  readonly muted?: boolean;
  readonly with?: string | null;
  readonly digits?: string;
  readonly type?: number;
}

/** What the system says to the app. */
export interface ScreenDelegate {
  reportCompleted(uuid: string, error: ZpnsError | undefined): void;
  perform(action: ScreenAction): void;
  timedOut(action: number): void;
  providerDidReset(): void;
  audio(active: boolean): void;
}

/** How the screen is set up. */
export interface ScreenRules {
  doNotDisturb: boolean;
  readonly blocked: string[];
  readonly actionTimeoutMs: number;
  readonly reportDelayMs: number;
}

interface ScreenCall {
  readonly uuid: string;
  readonly outgoing: boolean;
  handle: CXHandle | null;
  video: boolean;
  state: 'reported' | 'ringing' | 'answering' | 'starting' | 'dialing' | 'connecting' | 'active' | 'ending';
  onHold: boolean;
  /** Calls of the same group have the same number here. */
  group?: number | undefined;
}

interface Pending {
  readonly action: ScreenAction;
  readonly settled: (outcome: ActionOutcome) => void;
  readonly timer: Timer;
}

/** A past call that can be called back. */
export interface Recent {
  readonly handle: CXHandle;
  readonly video: boolean;
}

const DEFAULT_GROUPS = 2;
const DEFAULT_CALLS_PER_GROUP = 5;

/** The screen. It outlives the app's process. */
export class Screen {
  readonly rules: ScreenRules;
  readonly recents: Recent[] = [];
  readonly #clock: Clock;
  readonly #note: Note;
  readonly #later: (work: () => void) => void;
  #delegate: ScreenDelegate | undefined;
  #provider: Partial<CXProviderConfiguration> = {};
  #calls: ScreenCall[] = [];
  #pending: Pending[] = [];
  #audio = false;
  #actions = 0;
  #lastGroup = 0;

  constructor(rules: ScreenRules, clock: Clock, note: Note, later: (work: () => void) => void) {
    this.rules = rules;
    this.#clock = clock;
    this.#note = note;
    this.#later = later;
  }

  /** Whether the user is in a call. */
  get inCall(): boolean {
    return this.#calls.some(isActive);
  }

  // ------------------------------------------------------------ the app's side

  /** The app makes its provider, or gives it another configuration. */
  configure(configuration: Partial<CXProviderConfiguration>, delegate: ScreenDelegate): void {
    this.#provider = configuration;
    this.#delegate = delegate;
    this.#note('providerConfigured', {});
  }

  /** `reportNewIncomingCall`; the delegate hears when it completed. */
  report(uuid: string, name: string | null, handle: CXHandle | null, video: boolean): void {
    this.#note('incomingReported', { uuid, name, handle, video });
    const refusal = this.#refusal(uuid, handle);
    const call: ScreenCall = { uuid, outgoing: false, handle, video, state: 'reported', onHold: false };
    if (refusal === undefined) this.#calls.push(call);
    const completed = () => {
      if (refusal !== undefined) this.#note('reportRefused', { uuid, domain: refusal.domain, code: Number(refusal.code) });
      else if (this.#calls.includes(call)) {
        call.state = 'ringing';
        this.#note('ringing', { uuid });
      }
      this.#delegate?.reportCompleted(uuid, refusal);
    };
    if (this.rules.reportDelayMs > 0) this.#clock.at(this.#clock.now() + this.rules.reportDelayMs, completed);
    else this.#later(completed);
  }

  /** `reportCall(with:updated:)`. */
  update(uuid: string, handle: CXHandle | undefined, video: boolean | undefined): void {
    const call = this.#call(uuid);
    if (call === undefined) return;
    call.handle = handle ?? call.handle;
    call.video = video ?? call.video;
    this.#note('callUpdated', { uuid });
  }

  /** `reportCall(with:endedAt:reason:)`. Forgotten where the report has not completed, as on a device. */
  ended(uuid: string, cause: EndCause): void {
    const call = this.#call(uuid);
    if (call === undefined || call.state === 'reported') this.#note('reportIgnored', { uuid, report: 'ended' });
    else this.#remove(uuid, cause, 'over');
  }

  /** `reportOutgoingCall(with:startedConnectingAt:)`, and `connectedAt`. */
  outgoing(uuid: string, connected: boolean): void {
    const call = this.#call(uuid);
    const possible = call?.outgoing === true && (call.state === 'dialing' || (connected && call.state === 'connecting'));
    if (!possible) {
      this.#note('reportIgnored', { uuid, report: connected ? 'outgoingConnected' : 'outgoingStarted' });
      return;
    }
    call.state = connected ? 'active' : 'connecting';
    this.#note(connected ? 'callConnected' : 'callConnecting', { uuid });
  }

  /** A request of the app. Throws what CallKit refuses it with. */
  request(kind: ActionName, uuid: string, fields: ActionFields = {}): void {
    const call = this.#call(uuid);
    if (kind === 'start') this.#start(uuid, fields);
    else if (call === undefined) throw transaction(CXErrorCodeRequestTransaction.UnknownCallUUID, 'CallKit has no call with this UUID');
    else if (!fits(call, kind))
      throw transaction(CXErrorCodeRequestTransaction.InvalidAction, "this can't be done to the call as it stands");
    void this.#perform(kind, uuid, 'app', fields);
  }

  /** `CXAction.fulfill()` and `fail()`. */
  settle(id: number, outcome: 'fulfill' | 'fail'): void {
    const pending = this.#take(id);
    if (pending === undefined) {
      this.#note(outcome === 'fulfill' ? 'lateFulfil' : 'lateFail', {});
      return;
    }
    const { uuid, kind } = pending.action;
    this.#note(outcome === 'fulfill' ? 'actionFulfilled' : 'actionFailed', { uuid, kind });
    this.#settled(pending.action, outcome);
    pending.settled(outcome);
  }

  /** The app's process is gone. */
  appDied(): void {
    this.#delegate = undefined;
    for (const { uuid } of [...this.#calls]) this.#remove(uuid, 'appDied', 'over');
  }

  // ------------------------------------------------------------ the user's side

  /** The user answers; calls that the user is in are held or ended. */
  answer(uuid: string, others: 'hold' | 'end'): Promise<ActionOutcome> {
    this.#expect(uuid, (call) => call.state === 'ringing', 'it does not ring');
    for (const other of this.#calls.filter((call) => isActive(call) && !call.onHold)) {
      void this.#perform(others === 'hold' ? 'setHeld' : 'end', other.uuid, 'user', others === 'hold' ? { onHold: true } : {});
    }
    return this.#perform('answer', uuid, 'user');
  }

  /** The user declines or hangs up. */
  end(uuid: string): Promise<ActionOutcome> {
    this.#expect(uuid, (call) => call.state !== 'reported' && call.state !== 'ending', 'it is not on the screen');
    return this.#perform('end', uuid, 'user');
  }

  /** The user holds, mutes, groups, or types. */
  act(kind: ActionName, uuid: string, fields: ActionFields): Promise<ActionOutcome> {
    this.#expect(uuid, isActive, 'the user is not in it');
    if (kind === 'setGroup') this.#expect(uuid, (call) => this.#groups(call, fields.with ?? null), 'there is no such group, or it is full');
    return this.#perform(kind, uuid, 'user', fields);
  }

  /** The user swaps the active call and the one on hold. */
  swap(): void {
    // First put on hold, then resume: at no time are two calls active.
    const calls = this.#calls.filter(isActive).sort((one, other) => Number(one.onHold) - Number(other.onHold));
    for (const { uuid, onHold } of calls) void this.#perform('setHeld', uuid, 'user', { onHold: !onHold });
  }

  /** The time for everything that the app still has to do with a call is up. */
  timeOut(uuid: string): void {
    const pending = this.#pending.filter(({ action }) => action.uuid === uuid);
    if (pending.length === 0) throw new Error('No action of this call is waiting.');
    for (const { action } of pending) this.#deadline(action.id);
  }

  /** The connection to the call service is lost. */
  reset(): void {
    for (const { uuid } of [...this.#calls]) this.#remove(uuid, 'reset', 'reset');
    this.#note('providerReset', {});
    this.#later(() => this.#delegate?.providerDidReset());
  }

  // ------------------------------------------------------------ inside

  #refusal(uuid: string, handle: CXHandle | null): ZpnsError | undefined {
    const { CallUUIDAlreadyExists, FilteredByDoNotDisturb, FilteredByBlockList } = CXErrorCodeIncomingCall;
    if (this.#call(uuid)) return incoming(CallUUIDAlreadyExists, 'a call with this UUID is already reported');
    if (this.rules.doNotDisturb) return incoming(FilteredByDoNotDisturb, 'Do Not Disturb or a Focus keeps the call from ringing');
    if (this.rules.blocked.includes(handle?.value ?? '')) return incoming(FilteredByBlockList, 'the user has blocked this caller');
    return this.#full()
      ? transaction(CXErrorCodeRequestTransaction.MaximumCallGroupsReached, 'there are as many calls as allowed')
      : undefined;
  }

  #start(uuid: string, { handle, video = false }: ActionFields): void {
    const { CallUUIDAlreadyExists, MaximumCallGroupsReached } = CXErrorCodeRequestTransaction;
    if (this.#call(uuid)) throw transaction(CallUUIDAlreadyExists, 'a call with this UUID exists already: use another UUID for a new call');
    if (this.#full()) throw transaction(MaximumCallGroupsReached, 'there are as many groups of calls as allowed: end one first');
    if (handle === undefined) return;
    this.#calls.push({ uuid, outgoing: true, handle, video, state: 'starting', onHold: false });
    this.#note('callStarted', { uuid, handle, video });
  }

  #full(): boolean {
    const live = this.#calls.filter(({ state }) => state !== 'ending');
    // Calls that are in no group are one each.
    const groups = new Set(live.map(({ uuid, group }) => group ?? uuid));
    return groups.size >= (this.#provider.maximumCallGroups ?? DEFAULT_GROUPS);
  }

  /** Whether a call can be put into the group of another, or, with null, out of its own. */
  #groups(call: ScreenCall, uuid: string | null): boolean {
    if (uuid === null) return call.group !== undefined;
    const other = this.#call(uuid);
    if (other === undefined || other === call) return false;
    const members = other.group === undefined ? 1 : this.#calls.filter(({ group }) => group === other.group).length;
    return members < (this.#provider.maximumCallsPerCallGroup ?? DEFAULT_CALLS_PER_GROUP);
  }

  #group(call: ScreenCall, uuid: string | null): void {
    const other = uuid === null ? undefined : this.#call(uuid);
    this.#lastGroup += 1;
    if (other !== undefined) other.group ??= this.#lastGroup;
    call.group = other?.group;
    this.#note('callGrouped', { uuid: call.uuid, with: uuid });
  }

  #perform(kind: ActionName, uuid: string, origin: 'user' | 'app', fields: ActionFields = {}): Promise<ActionOutcome> {
    const call = this.#call(uuid);
    if (call !== undefined && kind === 'answer') call.state = 'answering';
    if (call !== undefined && kind === 'end') call.state = 'ending';
    this.#actions += 1;
    const deadline = this.#clock.now() + this.rules.actionTimeoutMs;
    const action: ScreenAction = { id: this.#actions, kind, uuid, origin, deadline, fields };
    this.#note('actionRequested', { uuid, kind, origin });
    return new Promise((settled) => {
      this.#pending.push({ action, settled, timer: this.#clock.at(deadline, () => this.#deadline(action.id)) });
      this.#later(() => this.#delegate?.perform(action));
    });
  }

  #settled({ kind, uuid, origin, fields }: ScreenAction, outcome: 'fulfill' | 'fail'): void {
    const call = this.#call(uuid);
    if (call === undefined) return;
    if (kind === 'end') {
      this.#remove(uuid, origin, 'over');
      return;
    }
    if (outcome === 'fail') {
      // The library reports a call ended whose answer fails, so that is how it ends.
      if (kind === 'answer' || kind === 'start') this.#remove(uuid, kind === 'answer' ? 'failed' : 'startFailed', 'over');
      return;
    }
    if (kind === 'start' && call.state === 'starting') {
      call.state = 'dialing';
      this.#setAudio(true);
    } else if (kind === 'answer' && call.state === 'answering') {
      call.state = 'active';
      this.#note('callConnected', { uuid });
      this.#setAudio(true);
    } else if (kind === 'setHeld') {
      call.onHold = fields.onHold ?? false;
      this.#note('callHeld', { uuid, onHold: call.onHold });
    } else if (kind === 'setMuted') this.#note('callMuted', { uuid, muted: fields.muted ?? false });
    else if (kind === 'setGroup') this.#group(call, fields.with ?? null);
    else if (kind === 'playDTMF') this.#note('tonesPlayed', { uuid, digits: fields.digits ?? '' });
  }

  #deadline(id: number): void {
    const pending = this.#take(id);
    if (pending === undefined) return;
    const { uuid, kind, origin } = pending.action;
    this.#note('actionTimedOut', { uuid, kind });
    pending.settled('timedOut');
    this.#later(() => this.#delegate?.timedOut(id));
    if (kind === 'end') this.#remove(uuid, origin, 'over');
    else if (kind === 'start' || kind === 'answer') this.#remove(uuid, 'timedOut', 'over');
  }

  #remove(uuid: string, cause: EndCause, outcome: ActionOutcome): void {
    const call = this.#call(uuid);
    if (call === undefined) return;
    this.#calls = this.#calls.filter((other) => other !== call);
    for (const { action, settled } of this.#pending.filter((pending) => pending.action.uuid === uuid)) {
      this.#take(action.id);
      settled(outcome);
    }
    if (call.handle !== null && this.#provider.supportedHandleTypes?.includes(call.handle.type)) {
      this.recents.push({ handle: call.handle, video: call.video });
    }
    this.#note('callEnded', { uuid, cause });
    if (!this.inCall) this.#setAudio(false);
  }

  #setAudio(active: boolean): void {
    if (this.#audio === active) return;
    this.#audio = active;
    this.#note(active ? 'audioActivated' : 'audioDeactivated', {});
    this.#later(() => this.#delegate?.audio(active));
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.find(({ action }) => action.id === id);
    this.#pending = this.#pending.filter((other) => other !== pending);
    this.#clock.cancel(pending?.timer);
    return pending;
  }

  #call(uuid: string): ScreenCall | undefined {
    return this.#calls.find((call) => call.uuid === uuid);
  }

  #expect(uuid: string, possible: (call: ScreenCall) => boolean, why: string): void {
    const call = this.#call(uuid);
    if (call === undefined) throw new Error('no call has this UUID');
    if (!possible(call)) throw new Error(`The user can't do this to the call: ${why}.`);
  }
}

function isActive({ state }: ScreenCall): boolean {
  return state !== 'reported' && state !== 'ringing' && state !== 'ending';
}

function fits(call: ScreenCall, kind: ActionName): boolean {
  if (kind === 'answer') return call.state === 'ringing';
  return kind === 'end' ? call.state !== 'ending' : isActive(call);
}

function incoming(code: CXErrorCodeIncomingCall, message: string): ZpnsError {
  return new ZpnsError(String(code), message, ZpnsErrorDomain.IncomingCall);
}

function transaction(code: CXErrorCodeRequestTransaction, message: string): ZpnsError {
  return new ZpnsError(String(code), message, ZpnsErrorDomain.Transaction);
}
