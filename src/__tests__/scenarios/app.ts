/** The app's JavaScript in a scenario: it uses the package's classes as apps do, notes what it hears, and settles actions. */
import type * as Package from '../..';
import type { ZpnsError as PackageError } from '../../errors';
import type { CXAction } from '../../types';
import type { Outcome } from './format';

/** What the package exports, as this start of JavaScript has loaded it. */
export type AppExports = typeof Package;

/** What an app knows of its gateway. */
export interface Backend {
  readonly url: string;
  readonly appID: string;
  /** A user token as the app's backend mints it; each number is another one. */
  readonly userToken: (user: string, number: number) => string;
}

/** Something that a listener heard, as the event's body has it. */
export interface Heard {
  readonly type: string;
  readonly body: Record<string, unknown>;
  /** What can be settled, if it is an action. */
  readonly action?: CXAction;
  /** Whether an expectation has taken it. */
  taken?: boolean;
}

/** How a promise ended. */
export type Ending =
  { readonly ok: unknown } | { readonly error: { readonly code: string; readonly domain: string; readonly message: string } };

type Listen = (type: string, listener: (...args: unknown[]) => void) => { remove(): void };

/** JavaScript from its start to its end. */
export class App {
  /** Everything heard since the start, in order. */
  readonly heard: Heard[] = [];
  readonly #exports: AppExports;
  readonly #settles: Readonly<Record<string, Outcome>>;
  readonly #listening = new Map<string, { remove(): void }>();

  constructor(exports: AppExports, settles: Readonly<Record<string, Outcome>> = {}) {
    this.#exports = exports;
    this.#settles = settles;
  }

  /** Listens to these events from now on. */
  listen(types: readonly string[]): void {
    for (const type of types) {
      const add = this.#listenOf(type);
      this.#listening.set(
        type,
        add(type, (...args) => this.#hear(type, args)),
      );
    }
  }

  /** Listens to them no longer. */
  ignore(types: readonly string[]): void {
    for (const type of types) this.#listening.get(type)?.remove();
  }

  /** Names the gateway and the user. Every token is a fresh one. */
  signIn({ url, appID, userToken }: Backend, user: string | null, renews = false): Promise<Ending> {
    let issued = 0;
    const token = () => (user === null ? null : userToken(user, (issued += 1)));
    const first = token();
    const configuration = { serverURL: url, appID, ...(first !== null && { userToken: first }), ...(renews && { getUserToken: token }) };
    return ending(this.#exports.ZPNs.configure(configuration));
  }

  /** Asks for a method of the package, with the parameters that the native side gets. */
  ask(method: string, params: Record<string, unknown>): Promise<Ending> {
    return ending(call(this.#exports, method, params));
  }

  /** Settles the newest action of this type for a call. */
  settle(type: string, callUUID: string, by: Outcome): Promise<Ending> {
    const of = (heard: Heard) => heard.type === type && (heard.body.action as { callUUID: string } | undefined)?.callUUID === callUUID;
    const action = this.heard.filter(of).at(-1)?.action;
    if (action === undefined) throw new Error(`JavaScript has heard no ${type} for this call.`);
    return ending(action[by]());
  }

  #hear(type: string, args: unknown[]): void {
    const heard = asHeard(type, args);
    this.heard.push(heard);
    const by = this.#settles[type];
    // A refusal shows in what follows.
    if (by !== undefined) heard.action?.[by]().catch(() => undefined);
  }

  #listenOf(type: string): Listen {
    const { ZPNs, CallKit, CallInvitation } = this.#exports;
    if (PUSH_EVENTS.includes(type)) return ZPNs.getInstance().addListener.bind(ZPNs.getInstance()) as unknown as Listen;
    const of = /^callI|^callUser/.test(type) ? CallInvitation.getInstance() : CallKit.getInstance();
    return of.addListener.bind(of) as unknown as Listen;
  }
}

const PUSH_EVENTS = ['registered', 'notificationArrived', 'notificationClicked', 'throughMessageReceived', 'tokenInvalidated'];

/** What listeners are called with, back in the shape of the event's body. */
function asHeard(type: string, args: unknown[]): Heard {
  const [first, second, third] = args as [Record<string, unknown> | undefined, unknown, Record<string, unknown> | undefined];
  if (type === 'didReceiveIncomingPush') {
    return { type, body: { payload: first, uuid: second, missed: third?.missed, flushed: third?.flushed } };
  }
  if (type === 'providerDidReset') return { type, body: { uuids: first } };
  if (/^callI|^callUser/.test(type)) return { type, body: second as Record<string, unknown> };
  if (typeof first?.fulfill === 'function') {
    const { source, fulfill: _fulfill, fail: _fail, ...action } = first;
    return { type, body: { source, action }, action: first as unknown as CXAction };
  }
  return { type, body: first ?? {} };
}

async function ending(promise: Promise<unknown>): Promise<Ending> {
  try {
    return { ok: await promise };
  } catch (error) {
    // The app has loaded the package anew, so its error class is another one than here.
    if (!(error instanceof Error && error.name === 'ZpnsError')) throw error;
    const { code, domain, message } = error as Error & Pick<PackageError, 'code' | 'domain'>;
    return { error: { code, domain, message } };
  }
}

/** The package's method for a method of the native side. */
function call({ ZPNs, CallKit, CallInvitation }: AppExports, method: string, params: Record<string, unknown>): Promise<unknown> {
  const push = ZPNs.getInstance();
  const callKit = CallKit.getInstance();
  const invitation = CallInvitation.getInstance();
  // Parameters come from files, also wrong ones on purpose: the package must stand them.
  /* eslint-disable @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-member-access */
  /* eslint-disable @typescript-eslint/no-explicit-any */
  const { uuid, update, reason, handle, callID, invitees, config, ...rest } = params as any;
  const methods: Record<string, () => Promise<unknown>> = {
    configure: () => ZPNs.configure(params),
    enableDebug: () => ZPNs.enableDebug(rest.isDebug),
    registerPush: () => push.registerPush(params),
    unregisterPush: () => push.unregisterPush(),
    applyNotificationPermission: () => push.applyNotificationPermission(),
    getRegistration: () => ZPNs.getRegistration(),
    diagnose: () => ZPNs.diagnose(),
    setInitConfiguration: () => CallKit.setInitConfiguration(params as any),
    setCallKitEnabled: () => CallKit.setEnabled(rest.enabled),
    reportIncomingCall: () => callKit.reportIncomingCall(update, uuid),
    reportOutgoingCall: () => callKit.reportOutgoingCall(uuid),
    reportOutgoingCallStarted: () => callKit.reportOutgoingCallStarted(uuid),
    reportCallUpdate: () => callKit.reportCallUpdate(update, uuid),
    reportCallEnded: () => callKit.reportCallEnded(reason, uuid),
    startCall: () => callKit.startCall(handle, { ...(rest as object), ...(uuid !== undefined && { uuid }) }),
    answerCall: () => callKit.answerCall(uuid),
    endCall: () => callKit.endCall(uuid),
    setMuted: () => callKit.setMuted(uuid, rest.muted),
    setHeld: () => callKit.setHeld(uuid, rest.onHold),
    playDTMF: () => callKit.playDTMF(uuid, rest.digits, rest.type),
    getCalls: () => callKit.getCalls(),
    callUUID: () => callKit.callUUID(callID),
    callInvite: () => invitation.callInvite(invitees, config, callID),
    callCancel: () => invitation.callCancel(invitees ?? [], callID, config),
    callAccept: () => invitation.callAccept(callID, config),
    callReject: () => invitation.callReject(callID, config),
    callEnd: () => invitation.callEnd(callID, config),
    queryCallInvitation: () => invitation.queryCallInvitation(callID),
  };
  /* eslint-enable */
  const ask = methods[method];
  if (ask === undefined) throw new Error(`Scenarios do not know the method ${method}.`);
  return ask();
}
