/** The phone of a test: its user, Apple, the time, and the process of the app. */
import { makeHub } from '../hub';
import { Action, outcomeOf, type ActionOutcome } from '../kit/actions';
import type { PushPayload } from '../kit/push';
import type {
  IncomingCallError,
  NetworkChange,
  OtherCall,
  PhoneIdentity,
  PhoneNotification,
  PhoneState,
  StorageChange,
} from '../kit/state';
import type { HappeningType, TimelineEntry } from '../kit/timeline';
import { World, type PhoneMessage } from '../kit/world';
import type { Method } from '../methods';
import type { Spec } from '../NativeZpns';
import { CXPlayDTMFCallActionType, type CXCallEndedReason, type CXHandle, type ZpnsCall } from '../types';
import { fakeTimers } from './fakeTimers';
import { Gateway } from './gateway';
import type { GatewayRequest, Invitation } from '../kit/gateway';
import { JavaScript } from './javascript';
import { phoneOptions, type ZpnsMockOptions } from './options';

/** One call that the package made. */
export interface Invocation {
  /** Its native name, as `registerPush` or `callInvite`. */
  readonly method: Method;
  /** Its parameters: a JSON object, as the native module gets it. */
  readonly params: unknown;
}

/** The phone. UUIDs are taken in any case and given in upper case. What can not be done throws, and says why. */
export class ZpnsMock {
  /** The gateway: its users, how it answers, what it was asked. */
  readonly gateway: Gateway;
  /** Everything that happened, in order. */
  readonly timeline: TimelineEntry[] = [];
  /** Everything that the package asked for, in order. */
  readonly invocations: Invocation[] = [];
  /** @internal */
  readonly number: number;
  readonly #world: World;
  readonly #js: JavaScript;
  readonly #scripted = new Map<string, unknown>();
  readonly #actions = new Map<string, Action>();
  /** Background notifications that the app has not finished with, oldest first. */
  #background: (() => void)[] = [];
  /** The call that ends elsewhere at this moment. */
  #endedElsewhere: string | undefined;
  /** Hears answers as they come. */
  #answered: ((answer: { readonly invocation: number; readonly json: string }) => void) | undefined;
  #isDisposed = false;

  /** @internal */
  constructor(options: ZpnsMockOptions = {}, world?: World) {
    const { gateway, now = fakeTimers()?.now() ?? Date.now() } = options;
    const requests = gateway?.requests ?? [];
    this.#world = world ?? gateway?.world ?? new World(now, fakeTimers);
    this.number = this.#world.addPhone(phoneOptions(options), (message) => this.#hear(message));
    this.#js = new JavaScript(this.#world, this.number, (method, params) => this.#intercept(method, params));
    this.gateway = new Gateway(this.#world, requests, () => this.number);
    makeHub().phones.add(this);
  }

  /**
   * The native module, which the app's JavaScript talks to.
   *
   * @internal
   */
  get native(): Spec {
    return this.#js.native;
  }

  /**
   * The app's JavaScript starts, in a process that is started if there is none, and the package talks to this phone from now on. The listeners of
   * the modules that are loaded are heard again; those of modules that `jest.resetModules()` threw away are not.
   */
  startJS(): void {
    this.#startApp();
    this.#js.start();
  }

  /**
   * The app's JavaScript starts with modules of its own: what `load` requires talks to this phone, whatever other phones there are. Give it modules
   * that are not loaded yet, by `jest.isolateModules` or after `jest.resetModules()`.
   */
  load<Loaded>(load: () => Loaded): Loaded {
    this.#startApp();
    return this.#js.load(load);
  }

  /**
   * Like `startJS`, for code that brings the module to the package itself.
   *
   * @internal
   */
  attachJS(): Spec {
    this.#startApp();
    this.#js.forget();
    this.#js.run();
    return this.native;
  }

  /**
   * The app's JavaScript is gone, its process stays. `old`: the module of the JavaScript before this one is torn down only now, as in a reload
   * that is not atomic.
   */
  stopJS(which: 'running' | 'old' = 'running'): void {
    this.#do('stopJs', which === 'old' ? { context: this.#js.context - 1 } : {});
  }

  /** JavaScript can not take the next event of this type, as while React Native reloads it: the library gets it back. */
  refuseEvent(kind: string): void {
    this.#do('refuseEvent', { kind });
  }

  /** Any other event, in the shape that its listener gets, straight to the JavaScript that runs: for what the system would say. */
  emit(type: string, body: object = {}): void {
    this.#check();
    this.#js.emit(type, body);
  }

  /** From now on this method answers so; a `ZpnsError` is a refusal. */
  respond(method: Method, answer: unknown): void {
    this.#scripted.set(method, answer);
  }

  /** The time on the phone, Unix milliseconds. */
  get now(): number {
    return this.#world.now;
  }

  /** The calls there are, as `CallKit.getCalls` has them. */
  calls(): ZpnsCall[] {
    let calls: ZpnsCall[] = [];
    const isSilent = !this.#js.isRunning;
    const shown = this.timeline.length;
    if (isSilent) this.#js.run();
    this.#world.call<number>({ op: 'invoke', phone: this.number, method: 'getCalls', params: '{}' }, (asked) => {
      this.#answered = ({ invocation, json }) => {
        if (invocation === asked) calls = (JSON.parse(json) as { ok: ZpnsCall[] }).ok;
      };
    });
    this.#answered = undefined;
    if (isSilent) {
      this.#do('stopJs');
      // Nothing that a user could have seen.
      this.timeline.length = shown;
    }
    return calls;
  }

  /** What happened of this kind, in order. */
  happened<Type extends HappeningType>(type: Type): TimelineEntry<Type>[] {
    return this.timeline.filter((entry) => entry.type === type) as TimelineEntry<Type>[];
  }

  /** The phone at this moment: the app, what is on the screen, Recents, the badge. */
  state(): PhoneState {
    return this.#do('state') as PhoneState;
  }

  /** The notification list, oldest first. */
  notifications(): readonly PhoneNotification[] {
    return this.state().notifications;
  }

  /** By what the phone is known: its push tokens, the ID of its installation. */
  identity(): PhoneIdentity {
    return this.#do('identity') as PhoneIdentity;
  }

  // ------------------------------------------------------------ the app's process

  /** The user opens the app. */
  launch(): void {
    this.#startApp();
    this.foreground();
  }

  /** The app's process ends, and JavaScript with it. What it stored stays. */
  killApp(): void {
    this.#do('kill');
  }

  /** The app comes to the foreground. */
  foreground(): void {
    this.#do('foreground');
  }

  /** The app goes to the background. */
  toBackground(): void {
    this.#do('background');
  }

  /** The phone loses its network, comes into another one, or has one again. */
  changeNetwork(change: NetworkChange): void {
    this.#do('network', { change });
  }

  /** The phone's clock is set forward by so many milliseconds, or back: the app sees it and is not told. Timers go by the time, as `now` does. */
  jumpClock(milliseconds: number): void {
    this.#do('jumpClock', { ms: milliseconds });
  }

  /** Something becomes of what the app stored. An app that runs may store over it: kill it first. */
  changeStorage(is: StorageChange): void {
    this.#do('storage', { is });
  }

  /** The app is deleted and installed anew: its files, tokens and permissions are gone. */
  reinstall(): void {
    this.#do('reinstall');
  }

  /** The phone is unlocked for the first time since it was switched on: for `storageReadable: false`. */
  unlock(): void {
    this.#do('unlock');
  }

  /** The phone is taken away, as `react-native-zpns/jest/setup` does after each test. Whatever is asked of it after this throws. */
  dispose(): void {
    if (this.#isDisposed) return;
    if (this.state().app !== 'notRunning') this.killApp();
    this.#isDisposed = true;
    this.#js.forget();
    const hub = makeHub();
    hub.phones.delete(this);
    if (hub.current === this.native) hub.current = undefined;
    if (![...hub.phones].some((phone) => phone instanceof ZpnsMock && phone.#world === this.#world)) this.#world.stop();
  }

  // ------------------------------------------------------------ pushes

  /** A VoIP push arrives, and starts the app if it does not run; the UUID of its call, empty if none was reported. Text need not be JSON. */
  push(payload: PushPayload | string): string {
    return this.#push('voip', payload);
  }

  /** A notification arrives that is shown; in the list while the app is not in front. */
  pushAlert(payload: object | string): void {
    this.#push('alert', payload);
  }

  /** Somebody calls: the gateway has the call, and its push arrives; the call's UUID. */
  invite(invitation: Invitation): string {
    return this.#reported(() => this.#do('invite', { invitation }));
  }

  /** A background notification arrives; resolves when the app has finished with it. */
  throughMessage(userInfo: Record<string, unknown>): Promise<void> {
    const aps = { 'content-available': 1, ...(userInfo.aps as object | undefined) };
    return new Promise((resolve) => {
      this.#background.push(resolve);
      this.#push('background', { ...userInfo, aps });
    });
  }

  /** Apple gives the app another token. */
  rotateToken(kind: 'apns' | 'voip'): void {
    this.#do('rotateToken', { kind });
  }

  /** Apple says that the token is no longer good. */
  invalidateToken(kind: 'apns' | 'voip'): void {
    this.#do('invalidateToken', { kind });
  }

  /** The user opens a notification of the list. */
  tapNotification({ notification }: Pick<PhoneNotification, 'notification'>): void {
    this.#do('tapNotification', { notification });
  }

  // ------------------------------------------------------------ the call screen

  /** The user answers. Calls that the user is in are held or ended. */
  answer(uuid: string, others: 'hold' | 'end' = 'hold'): Promise<ActionOutcome> {
    return this.#act('answer', uuid, { others });
  }

  /** The user declines, or hangs up. */
  end(uuid: string): Promise<ActionOutcome> {
    return this.#act('end', uuid);
  }

  /** The user mutes or unmutes. */
  setMuted(uuid: string, muted: boolean): Promise<ActionOutcome> {
    return this.#act('setMuted', uuid, { muted });
  }

  /** The user holds or resumes. */
  setHeld(uuid: string, onHold: boolean): Promise<ActionOutcome> {
    return this.#act('setHeld', uuid, { onHold });
  }

  /** The user groups the call with another; null takes it out of its group. */
  setGroup(uuid: string, callUUIDToGroupWith: string | null): Promise<ActionOutcome> {
    return this.#act('setGroup', uuid, { with: callUUIDToGroupWith });
  }

  /** The user types on the keypad. The kind is always a single tone: pauses come from apps only. */
  playDTMF(uuid: string, digits: string, _type = CXPlayDTMFCallActionType.CXPlayDTMFCallActionTypeSingleTone): Promise<ActionOutcome> {
    return this.#act('playDtmf', uuid, { digits });
  }

  /** The user swaps the active call and the one on hold. */
  swap(): void {
    this.#do('swap');
  }

  /** The user calls the newest past call back: the app is started if needed, and asked for a call. */
  callBack(): void {
    const recent = this.state().recents.at(-1)?.recent;
    if (recent === undefined) throw new Error('There is nobody to call back: let a call end first.');
    this.#do('tapRecent', { recent });
  }

  /** The user asks for a call in Recents, by Siri or in Contacts. */
  startCallIntent(handle: CXHandle, video = false): void {
    this.#do('askForCall', { handle, video });
  }

  /** A Focus silences calls, or not. */
  setDoNotDisturb(on: boolean): void {
    this.#do('setDoNotDisturb', { on });
  }

  /** The user blocks a caller. */
  block(handle: string): void {
    this.#do('block', { handle });
  }

  /** Every call that is reported from now on is refused so, whatever the reason; `null`: calls are taken again. */
  refuseReports(error: IncomingCallError | null): void {
    this.#do('refuseReports', { error });
  }

  /**
   * A call that is not the app's, a cellular one or one of another app: it rings; the user answers it, or turns back to it, and so holds or ends
   * the app's calls; the other side ends it.
   */
  otherCall(change: OtherCall, ours: 'hold' | 'end' = 'hold'): void {
    this.#do('otherCall', { change, ...(change === 'answered' && { ours }) });
  }

  /** The app took too long for this call's actions: the system's deadline passes. */
  timeOut(uuid: string): void {
    this.#do('timeOutActions', { uuid: known(uuid) });
  }

  /**
   * The call ends elsewhere: a push says so, as that of a backend without an event channel. With a gateway use `gateway.user`. Pushes know three
   * reasons: any other counts as hung up by the other side.
   */
  endElsewhere(uuid: string, reason: CXCallEndedReason): void {
    const of: Partial<Record<CXCallEndedReason, string>> = { 4: 'answeredElsewhere', 5: 'declinedElsewhere' };
    this.#endedElsewhere = known(uuid);
    this.push({ call_id: uuid, zpns: { v: 1, kind: 'cancel', reason: of[reason] ?? 'cancelled' } });
    this.#endedElsewhere = undefined;
  }

  /** The system drops all calls. */
  resetProvider(): void {
    this.#do('resetProvider');
  }

  /** Time passes; what is due happens. */
  advance(milliseconds: number): void {
    this.#check();
    this.#world.advance(milliseconds);
  }

  #do(op: string, fields: object = {}): unknown {
    this.#check();
    return this.#world.call({ op, phone: this.number, ...fields });
  }

  #check(): void {
    if (this.#isDisposed) throw new Error('This phone was disposed: make another one by createZpnsMock().');
  }

  #startApp(): void {
    if (this.state().app === 'notRunning') this.#do('launch');
  }

  #push(kind: 'voip' | 'alert' | 'background', payload: object | string): string {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return this.#reported(() => this.#do('push', { kind, payload: text }));
  }

  /** The call that is reported meanwhile. */
  #reported(work: () => void): string {
    const before = this.timeline.length;
    work();
    const entry = this.timeline.slice(before).find(({ type }) => type === 'incomingReported') as { uuid: string } | undefined;
    return entry?.uuid ?? '';
  }

  #act(op: string, uuid: string, fields: object = {}): Promise<ActionOutcome> {
    const call = known(uuid);
    const before = this.timeline.length;
    this.#do(op, { uuid, ...fields });
    const of = (entry: TimelineEntry): entry is TimelineEntry<'actionRequested'> =>
      entry.type === 'actionRequested' && entry.uuid === call && entry.kind.toLowerCase() === op.toLowerCase();
    const requested = this.timeline.slice(before).find(of);
    return this.#actions.get(requested?.action ?? '')?.outcome ?? Promise.resolve('over');
  }

  #intercept(name: string, text: string): Promise<string> | undefined {
    const method = name as Method;
    this.invocations.push({ method, params: JSON.parse(text) });
    if (!this.#scripted.has(method)) return undefined;
    const answer = this.#scripted.get(method);
    // The error class of a copy that was loaded on its own is another one than here.
    if (answer instanceof Error && answer.name === 'ZpnsError') {
      const { code, domain, message } = answer as Error & { code: string; domain: string };
      return Promise.resolve(JSON.stringify({ error: { code, domain, message: `${method}: ${message}` } }));
    }
    return Promise.resolve(answer).then((ok: unknown) => JSON.stringify({ ok: ok ?? null }));
  }

  #hear(message: PhoneMessage): void {
    if ('entry' in message) this.#note(message.entry);
    else if ('event' in message) this.#js.hear(message.context, message.event);
    else if ('answer' in message) {
      const { invocation, json } = message.answer;
      this.#answered?.(message.answer);
      this.#js.answer(message.context, invocation, json);
    } else if ('request' in message) this.gateway.requests.push(message.request as GatewayRequest);
  }

  #note(entry: TimelineEntry): void {
    const { type } = entry;
    // JavaScript knows what it heard; the timeline is what others see.
    if (type === 'event') return;
    this.timeline.push(entry);
    if (type === 'killed') this.#background = [];
    if (type === 'killed' || type === 'jsStopped') this.#js.ended();
    if (type === 'backgroundCompleted' || type === 'backgroundExpired') this.#background.shift()?.();
    if (type === 'actionRequested') this.#actions.set(entry.action, new Action());
    const outcome = outcomeOf(entry, this.#endedElsewhere);
    if (outcome) this.#actions.get((entry as TimelineEntry<'actionDropped'>).action)?.settle(outcome);
  }
}

/** As the timeline has it. */
function known(uuid: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)) throw new Error('uuid must be a UUID');
  return uuid.toUpperCase();
}
