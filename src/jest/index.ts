/**
 * An in-memory phone for the tests of apps: no native code, no gateway, no clock.
 *
 * ```ts
 * const phone = createZpnsMock();                       // from now on the package talks to it
 * const uuid = phone.push({ call_id: 'call-42' });      // a VoIP push rings; its event waits if nobody listens yet
 * expect(await phone.answer(uuid)).toBe('fulfill');     // what the app made of the user's answer
 * ```
 *
 * Events have the shapes of the real core and wait for their listeners as there. What it does not do: no timers (`timeOut` stands for them), no
 * provider configuration, no gateway (`respond` and `emit` stand for it).
 */
import { ZpnsError } from '../errors';
import { METHODS, type Method } from '../methods';
import { provideNative } from '../native';
import type { Spec } from '../NativeZpns';
import { CXPlayDTMFCallActionType, type CXCallEndedReason, type CXHandle, type ZpnsCall } from '../types';
import { answers, type Answer, type Facts } from './answers';
import type { ActionOutcome } from './actions';
import { Calls } from './calls';
import { Mailbox } from './mailbox';
import type { PushPayload } from './payload';

export type { ActionOutcome, PushPayload };

/** What may be said about the phone. */
export type ZpnsMockOptions = Partial<Facts>;

/** One call that the package made. */
export interface Invocation {
  readonly method: Method;
  readonly params: unknown;
}

/** The in-memory phone: what the user and the system do. UUIDs are taken in any case and given in upper case. */
export class ZpnsMock {
  /** The native module over it. */
  readonly native: Spec;
  /** Everything that the package asked for, in order. */
  readonly invocations: Invocation[] = [];
  readonly #mailbox = new Mailbox();
  readonly #calls = new Calls(this.#mailbox);
  readonly #answers: Record<Method, Answer>;
  readonly #background = new Map<number, () => void>();
  #notifications = 0;

  constructor(options: ZpnsMockOptions = {}) {
    const facts: Facts = { bundleID: 'com.example.app', permission: true, environment: 'production', ...options };
    this.#answers = answers(facts, this.#mailbox, this.#calls, (seq) => {
      this.#background.get(seq)?.();
      this.#background.delete(seq);
    });
    this.native = {
      invoke: (method, params) =>
        new Promise((resolve) => {
          resolve(this.#invoke(method, params));
        }),
      listen: (type) => {
        this.#mailbox.listen(type);
      },
      unlisten: (type) => {
        this.#mailbox.unlisten(type);
      },
      onEvent: (handler) => this.#mailbox.subscribe((event) => void handler(event)),
    };
  }

  /** The calls there are. */
  calls(): ZpnsCall[] {
    return this.#calls.all();
  }

  /** A VoIP push arrives; its call's UUID. The payload is that of the gateway: `call_id`, `aps`, `zego`, `payload`. */
  push(payload: PushPayload): string {
    return this.#calls.push(payload);
  }

  /** The user answers. */
  answer(uuid: string): Promise<ActionOutcome> {
    return this.#calls.answer(uuid, 'user');
  }

  /** The user declines, or hangs up. */
  end(uuid: string): Promise<ActionOutcome> {
    return this.#calls.end(uuid);
  }

  /** The user mutes or unmutes. */
  setMuted(uuid: string, muted: boolean): Promise<ActionOutcome> {
    return this.#calls.act('muted', uuid, { muted }, { muted });
  }

  /** The user holds or resumes. */
  setHeld(uuid: string, onHold: boolean): Promise<ActionOutcome> {
    return this.#calls.act('held', uuid, { onHold }, { onHold });
  }

  /** The user groups the call with another; null takes it out of its group. */
  setGroup(uuid: string, callUUIDToGroupWith: string | null): Promise<ActionOutcome> {
    return this.#calls.act('group', uuid, { callUUIDToGroupWith }, { groupedWith: callUUIDToGroupWith });
  }

  /** The user plays tones. */
  playDTMF(uuid: string, digits: string, type = CXPlayDTMFCallActionType.CXPlayDTMFCallActionTypeSingleTone): Promise<ActionOutcome> {
    return this.#calls.act('dtmf', uuid, { digits, type });
  }

  /** The app took too long for this call's oldest waiting action: the system's deadline passes. */
  timeOut(uuid: string): void {
    this.#calls.timeOut(uuid);
  }

  /** The call ends elsewhere: hung up, taken back, answered on another device. */
  endElsewhere(uuid: string, reason: CXCallEndedReason): void {
    this.#calls.endElsewhere(uuid, reason);
  }

  /** The system drops all calls. */
  resetProvider(): void {
    this.#calls.reset();
  }

  /** The user asks for a call in Recents, by Siri or in Contacts. */
  startCallIntent(handle: CXHandle, video = false): void {
    this.#mailbox.emit('didReceiveStartCallIntent', { handle, video });
  }

  /** A background notification arrives; resolves when the app has finished with it. */
  throughMessage(userInfo: Record<string, unknown>): Promise<void> {
    this.#notifications += 1;
    const seq = this.#notifications;
    const finished = new Promise<void>((resolve) => {
      this.#background.set(seq, resolve);
    });
    const payload = typeof userInfo.payload === 'string' ? userInfo.payload : '';
    this.#mailbox.emit('throughMessageReceived', { title: '', content: '', extras: userInfo, payload, pushSourceType: 1, seq });
    return finished;
  }

  /** Any other event, in the shape that its listener gets: for what a gateway or the system would say. */
  emit(type: string, body: object = {}): void {
    this.#mailbox.emit(type, body);
  }

  /** From now on this method answers so; a `ZpnsError` is a refusal. */
  respond(method: Method, answer: unknown): void {
    this.#answers[method] = () => {
      if (answer instanceof ZpnsError) throw answer;
      return answer;
    };
  }

  #invoke(name: string, text: string): string {
    const method = METHODS.find((known) => known === name);
    if (method === undefined) throw new Error(`The in-memory phone does not know the method ${name}.`);
    const params: unknown = JSON.parse(text);
    this.invocations.push({ method, params });
    try {
      return JSON.stringify({ ok: this.#answers[method](params) ?? null });
    } catch (error) {
      if (!(error instanceof ZpnsError)) throw error;
      return JSON.stringify({ error: { code: error.code, domain: error.domain, message: `${method}: ${error.message}` } });
    }
  }
}

/** Makes an in-memory phone and puts it in the place of the native module. The newest one counts. */
export function createZpnsMock(options: ZpnsMockOptions = {}): ZpnsMock {
  const phone = new ZpnsMock(options);
  provideNative(phone.native);
  return phone;
}
