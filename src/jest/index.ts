/**
 * An in-memory phone for the tests of apps: no native code, no network, and a clock that stands still until it is moved.
 *
 * ```ts
 * const phone = createZpnsMock();                       // from now on the package talks to it
 * const uuid = phone.invite({ callID: 'call-42' });     // the gateway's push rings; its events wait if nobody listens yet
 * expect(await phone.answer(uuid)).toBe('fulfill');     // what the app made of the user's answer
 * phone.gateway.change('call-42', { event: 'ended', state: 'ended', by: 'alice' });
 * ```
 *
 * It passes the scenario files that the real core passes, but for three: nothing survives the app's process, and its storage can always be read.
 *
 * @module react-native-zpns/jest
 */
import { ZpnsError } from '../errors';
import { METHODS, type Method } from '../methods';
import { provideNative } from '../native';
import type { Spec } from '../NativeZpns';
import type { ZpnsCall } from '../types';
import { Hands } from './hands';
import type { MockOptions } from './phone';

export { Gateway } from './gateway';
export type { GatewayAnswer, GatewayInstallation, GatewayRequest, GatewayRequestName, Invitation } from './gateway';
export type { CallChange, GatewayCall, GatewayCallState, GatewayEvent, GatewayParticipant, GatewayUserState } from './gatewayCalls';
export type { PushPayload } from './payload';
export type { MockOptions } from './phone';
export type { ActionOutcome } from './screen';
export type { EndCause, HappeningType, Happenings, TimelineEntry } from './timeline';

/** What may be said about the phone: any of its options. */
export type ZpnsMockOptions = Partial<MockOptions>;

/** One call that the package made. */
export interface Invocation {
  /** Its native name, as `registerPush` or `callInvite`. */
  readonly method: Method;
  /** Its parameters: a JSON object, as the native module gets it. */
  readonly params: unknown;
}

/** The in-memory phone. UUIDs are taken in any case and given in upper case. */
export class ZpnsMock extends Hands {
  /** Everything that the package asked for, in order. */
  readonly invocations: Invocation[] = [];
  readonly #answered = new Map<Method, unknown>();
  #native: Spec | undefined;

  /**
   * The native module of the JavaScript that runs.
   *
   * @internal
   */
  get native(): Spec {
    this.#native ??= this.attachJS();
    return this.#native;
  }

  /** The calls there are. */
  calls(): ZpnsCall[] {
    return this.running.calls.all();
  }

  /** The app's JavaScript starts, in a process that runs; what was heard before it is forgotten. The package talks to this phone from now on. */
  startJS(): void {
    provideNative(this.attachJS());
  }

  /**
   * Like `startJS`, for code that brings the module to the package itself.
   *
   * @internal
   */
  attachJS(): Spec {
    const process = this.startProcess();
    this.note('jsStarted', {});
    const { mailbox } = process;
    mailbox.detach();
    const mine = () => this.process === process;
    this.#native = {
      invoke: (method, params) => (mine() ? this.turns.now(() => this.#invoke(method, params)) : new Promise(() => undefined)),
      listen: (type) => {
        if (mine()) this.turns.now(() => mailbox.listen(type));
      },
      unlisten: (type) => {
        mailbox.unlisten(type);
      },
      onEvent: (handler) => mailbox.subscribe((event) => void handler(event)),
    };
    return this.#native;
  }

  /** The app's JavaScript is gone, its process stays. */
  stopJS(): void {
    this.running.mailbox.detach();
    this.note('jsStopped', {});
  }

  /** Any other event, in the shape that its listener gets: for what the system would say. */
  emit(type: string, body: object = {}): void {
    this.turns.now(() => this.running.mailbox.emit(type, body));
  }

  /** From now on this method answers so; a `ZpnsError` is a refusal. */
  respond(method: Method, answer: unknown): void {
    this.#answered.set(method, answer);
  }

  async #invoke(name: string, text: string): Promise<string> {
    const method = METHODS.find((known) => known === name);
    if (method === undefined) throw new Error(`The in-memory phone does not know the method ${name}.`);
    const params: unknown = JSON.parse(text);
    this.invocations.push({ method, params });
    try {
      const scripted = this.#answered.get(method);
      if (scripted instanceof ZpnsError) throw scripted;
      const ok = await (this.#answered.has(method) ? scripted : this.running.answers[method](params as never));
      return JSON.stringify({ ok: ok ?? null });
    } catch (error) {
      if (!(error instanceof ZpnsError)) throw error;
      return JSON.stringify({ error: { code: error.code, domain: error.domain, message: `${method}: ${error.message}` } });
    }
  }
}

/** Makes an in-memory phone, its app running, and puts it in the place of the native module. The newest one counts. */
export function createZpnsMock(options: ZpnsMockOptions = {}): ZpnsMock {
  const phone = new ZpnsMock(options);
  phone.startJS();
  return phone;
}
