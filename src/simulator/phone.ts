import { isAbsolute, join } from 'node:path';
import type * as Package from '../index';
import type { NativeEvent, Spec } from '../NativeZpns';
import { loadAddon, type NativePhone } from './addon';
import type { HappeningType, PushKind, TimelineEntry } from './happening';
import { ModuleRegistry } from './loader';
import { NativeModule } from './nativeModule';
import type { VirtualPhoneOptions } from './options';
import { packageRoot } from './packageRoot';
import { reactNative } from './reactNative';
import type { PhoneCall, PhoneState } from './state';
import { Timeline, type WaitOptions } from './timeline';
import { Timers } from './timers';

/** What the package exports, as an app on the phone imports it. */
export type AppExports = typeof Package;

type Message =
  | { entry: TimelineEntry }
  | { event: NativeEvent & { context: number } }
  | { answer: { context: number; invocation: number; answer: string } }
  | { settled: number };

/** One start of the app's JavaScript. */
interface Context {
  readonly number: number;
  readonly native: NativeModule;
  readonly timers: Timers;
}

/**
 * A virtual iPhone with one app on it: the real Rust core and client, behind them PushKit, CallKit and UserNotifications as strict as iOS. Methods
 * that can't do what they are asked throw an error that says what to do.
 */
export class VirtualPhone {
  /** Everything that happened. */
  readonly timeline = new Timeline();
  readonly #phone: NativePhone;
  #context: Context | undefined;
  #contexts = 0;
  #contextsHeard = 0;
  #markers = 0;
  readonly #settling = new Map<number, () => void>();

  /** Use `createVirtualPhone`. */
  constructor(options: VirtualPhoneOptions) {
    const { NativePhone } = loadAddon();
    this.#phone = new NativePhone(JSON.stringify(options), (message) => this.#hear(JSON.parse(message) as Message));
  }

  // ---------------------------------------------------------------- the app

  /** The user opens the app: its process runs, in the foreground, and no JavaScript yet. */
  launch(): void {
    this.#phone.launch();
  }

  /**
   * The app's JavaScript starts, in a module registry of its own where `react-native` is this phone's. `entry` is a source file, absolute or relative
   * to the package; the package itself if left out. Starts the app if it does not run. What the entry exports is returned.
   */
  startJS(): AppExports;
  startJS(entry: string): unknown;
  startJS(entry = 'src/index.ts'): unknown {
    const { native, timers } = this.#startContext();
    const registry = new ModuleRegistry(new Map([['react-native', reactNative(native)]]), timers.globals);
    return registry.load(isAbsolute(entry) ? entry : join(packageRoot, entry));
  }

  /** Like `startJS`, for code that is loaded already and only needs the native module. */
  attachJS(): Spec {
    return this.#startContext().native;
  }

  /** The native module of the JavaScript that runs. Throws if none does. */
  get native(): Spec {
    if (!this.#context) throw new Error('no JavaScript runs on this phone: startJS() or attachJS() first');
    return this.#context.native;
  }

  /** The app's JavaScript is gone, its process stays. */
  stopJS(): void {
    this.#endContext();
    this.#phone.stopJs();
  }

  /** The app's process ends at once, JavaScript with it. What it stored stays. */
  killApp(): void {
    this.#endContext();
    this.#phone.kill();
  }

  /** The app comes to the foreground. */
  foreground(): void {
    this.#phone.foreground();
  }

  /** The app goes to the background. */
  background(): void {
    this.#phone.background();
  }

  /** The app is deleted and installed anew: its files, tokens, permission and PushKit's grudge are gone. */
  reinstall(): void {
    this.#endContext();
    this.#phone.reinstall();
  }

  // ---------------------------------------------------------------- what happened

  /** The first entry of this type that `matches`, also among what happened before (see `after`). */
  waitFor<T extends HappeningType>(
    type: T,
    matches?: (entry: TimelineEntry<T>) => boolean,
    options?: WaitOptions,
  ): Promise<TimelineEntry<T>> {
    return this.timeline.waitFor(type, matches, options);
  }

  /** The phone at this moment. */
  get state(): PhoneState {
    return JSON.parse(this.#phone.snapshot()) as PhoneState;
  }

  /** Calls on the screen, oldest first. */
  get calls(): PhoneCall[] {
    return this.state.calls;
  }

  /** Calls that ring, oldest first. */
  get ringing(): PhoneCall[] {
    return this.calls.filter((call) => call.state === 'ringing');
  }

  /** The tokens of this installation in hex; null as long as the simulator has given none. */
  get tokens(): { apns: string | null; voip: string | null } {
    return JSON.parse(this.#phone.tokens()) as { apns: string | null; voip: string | null };
  }

  // ---------------------------------------------------------------- the user

  /** The user answers a ringing call. Calls that they are in are held or ended. */
  answer(uuid: string, others: 'hold' | 'end' = 'hold'): void {
    this.#phone.answer(uuid, others);
  }

  /** The user declines a ringing call. */
  decline(uuid: string): void {
    this.#phone.end(uuid);
  }

  /** The user hangs up. */
  end(uuid: string): void {
    this.#phone.end(uuid);
  }

  /** The user puts a call on hold or resumes it. */
  setHeld(uuid: string, onHold: boolean): void {
    this.#phone.setHeld(uuid, onHold);
  }

  /** The user mutes a call or not. */
  setMuted(uuid: string, muted: boolean): void {
    this.#phone.setMuted(uuid, muted);
  }

  /** The user merges a call with another, or takes it out of its group. */
  setGroup(uuid: string, withUUID: string | null): void {
    this.#phone.setGroup(uuid, withUUID);
  }

  /** The user types on the keypad. */
  playDTMF(uuid: string, digits: string): void {
    this.#phone.playDTMF(uuid, digits);
  }

  /** The user swaps the active call and the one on hold. */
  swap(): void {
    this.#phone.swap();
  }

  /** The user calls back from Recents: number from `state.recents`. */
  tapRecent(recent: number): void {
    this.#phone.tapRecent(recent);
  }

  /** The user opens a notification: number from `state.notifications`. */
  tapNotification(notification: number): void {
    this.#phone.tapNotification(notification);
  }

  /** A Focus silences calls, or not. */
  setDoNotDisturb(on: boolean): void {
    this.#phone.setDoNotDisturb(on);
  }

  /** The user blocks a caller. */
  block(handle: string): void {
    this.#phone.block(handle);
  }

  /** The phone is unlocked for the first time since it was switched on. */
  unlock(): void {
    this.#phone.unlock();
  }

  // ---------------------------------------------------------------- Apple

  /** A push arrives, as if APNs had sent it: an object, or text that need not be JSON. */
  deliverPush(kind: PushKind, payload: object | string): void {
    this.#phone.deliverPush(kind, typeof payload === 'string' ? payload : JSON.stringify(payload));
  }

  /** Apple gives the app another token. */
  rotateToken(kind: 'apns' | 'voip'): void {
    this.#phone.rotateToken(kind);
  }

  /** Apple says that the token is no longer good. */
  invalidateToken(kind: 'apns' | 'voip'): void {
    this.#phone.invalidateToken(kind);
  }

  /** The time for everything that the app still has to do with this call is up. */
  timeOutActions(uuid: string): void {
    this.#phone.timeOutActions(uuid);
  }

  /** The connection to the call service is lost. */
  resetProvider(): void {
    this.#phone.resetProvider();
  }

  /** Moves a manual clock on; what is due on the way happens. Its events reach JavaScript in a later turn. */
  advance(milliseconds: number): void {
    this.#phone.advance(milliseconds);
  }

  /** Resolves when everything that was due has happened and JavaScript and `timeline` have heard of it. */
  settle(): Promise<void> {
    return new Promise((resolve) => {
      this.#markers += 1;
      this.#settling.set(this.#markers, resolve);
      this.#phone.settle(this.#markers);
    });
  }

  /** Switches the phone off. Every further call throws. */
  switchOff(): void {
    this.#endContext();
    this.#phone.switchOff();
  }

  // ---------------------------------------------------------------- inside

  #startContext(): Context {
    this.#endContext();
    if (this.state.app === 'notRunning') this.#phone.launch();
    const number = this.#contexts + 1;
    this.#phone.startJs(number);
    this.#contexts = number;
    this.#context = { number, native: new NativeModule(this.#phone), timers: new Timers() };
    return this.#context;
  }

  #endContext(): void {
    this.#context?.timers.end();
    this.#context?.native.detach();
    this.#context = undefined;
  }

  #hear(message: Message): void {
    if ('entry' in message) this.#record(message.entry);
    else if ('settled' in message) {
      this.#settling.get(message.settled)?.();
      this.#settling.delete(message.settled);
    } else if ('event' in message) {
      const { context, ...event } = message.event;
      this.#contextWith(context)?.native.emit(event);
    } else {
      const { context, invocation, answer } = message.answer;
      this.#contextWith(context)?.native.answer(invocation, answer);
    }
  }

  #record(entry: TimelineEntry): void {
    if (entry.type === 'jsStarted') this.#contextsHeard += 1;
    // iOS may end the process too, and its JavaScript with it. A context that has not been heard of yet belongs to a later process.
    if (entry.type === 'killed' && this.#contextWith(this.#contextsHeard)) this.#endContext();
    this.timeline.add(entry);
  }

  #contextWith(number: number): Context | undefined {
    return this.#context?.number === number ? this.#context : undefined;
  }
}

/** Switches a virtual iPhone on. The app is installed and not running. */
export function createVirtualPhone(options: VirtualPhoneOptions = {}): VirtualPhone {
  return new VirtualPhone(options);
}
