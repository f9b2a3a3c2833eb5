/** The calls of the in-memory phone, by the rules of the core. */
import { ZpnsCode, ZpnsError, ZpnsErrorDomain } from '../errors';
import { CXCallEndedReason, CXErrorCodeIncomingCall, type CXActionSource, type CXHandle, type ZpnsCall } from '../types';
import { Actions, type ActionOutcome, type ActionRequest } from './actions';
import { callUUID, parseUUID } from './callUUID';
import type { Mailbox } from './mailbox';
import { shown, type PushPayload } from './payload';

/** Calls. UUIDs are taken in any case. */
export class Calls {
  readonly #mailbox: Mailbox;
  readonly #actions: Actions;
  readonly #live = new Map<string, ZpnsCall>();
  /** Calls that are over, and whether JavaScript heard of a late push for them. */
  readonly #over = new Map<string, { told: boolean }>();

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
    this.#actions = new Actions(mailbox);
  }

  /** The calls there are. */
  all(): ZpnsCall[] {
    return [...this.#live.values()];
  }

  /** The call with this UUID. */
  call(text: unknown): ZpnsCall {
    const call = this.#live.get(uuidOf(text));
    if (call === undefined) throw new ZpnsError(ZpnsCode.UnknownCall, 'no call has this UUID');
    return call;
  }

  /** Changes what is known of a call. */
  update(text: unknown, change: Partial<ZpnsCall>): void {
    const call = this.call(text);
    this.#live.set(call.uuid, { ...call, ...change });
  }

  /** A VoIP push arrives. A live call does not ring twice; one that is over is told of once, as missed. */
  push(payload: PushPayload): string {
    const call = shown(payload);
    const uuid = callUUID(call.callID);
    if (this.#live.has(uuid)) return uuid;
    const over = this.#over.get(uuid);
    if (over === undefined) this.#add({ uuid, outgoing: false, state: 'ringing', ...call });
    if (over?.told !== true) this.#mailbox.emit('didReceiveIncomingPush', { payload, uuid, ...(over && { missed: true }) });
    if (over) over.told = true;
    return uuid;
  }

  /** `reportIncomingCall`. */
  report(text: unknown): void {
    const uuid = uuidOf(text);
    if (this.#live.has(uuid)) {
      const number = String(CXErrorCodeIncomingCall.CallUUIDAlreadyExists);
      throw new ZpnsError(number, 'the call was reported before', ZpnsErrorDomain.IncomingCall);
    }
    this.#add({ uuid, outgoing: false, state: 'ringing' });
  }

  /** `startCall`: the call is there, its start action waits. */
  start(text: unknown, handle: CXHandle, video: boolean): string {
    const uuid = text === undefined ? callUUID(null) : uuidOf(text);
    this.#add({ uuid, outgoing: true, state: 'starting', handle, video });
    void this.#request({ kind: 'start', uuid, source: 'app', fields: { handle, contactIdentifier: '', video } }, { state: 'connecting' });
    return uuid;
  }

  /** The user, or the app's own screen, answers. */
  answer(text: unknown, source: CXActionSource): Promise<ActionOutcome> {
    const { uuid, state } = this.call(text);
    if (state !== 'ringing') return Promise.resolve('fulfill');
    this.update(uuid, { state: 'answering' });
    return this.#request({ kind: 'answer', uuid, source }, { state: 'connected' });
  }

  /** The user declines or hangs up. The call is over at once, whatever the app makes of it. */
  end(text: unknown): Promise<ActionOutcome> {
    const { uuid } = this.call(text);
    this.#remove(uuid);
    return this.#actions.request({ kind: 'end', uuid, source: 'user' });
  }

  /** The user does something else to a call. */
  act(kind: 'held' | 'muted' | 'group' | 'dtmf', text: unknown, fields: object, change: Partial<ZpnsCall> = {}): Promise<ActionOutcome> {
    return this.#request({ kind, uuid: this.call(text).uuid, source: 'user', fields }, change);
  }

  /** `completeAction`. */
  complete(seq: string, outcome: 'fulfill' | 'fail'): void {
    this.#actions.complete(seq, outcome);
  }

  /** The system's time for this call's oldest waiting action is up. */
  timeOut(text: unknown): void {
    this.#actions.timeOut(uuidOf(text));
  }

  /** The system drops all calls. */
  reset(): void {
    const uuids = [...this.#live.keys()];
    for (const uuid of uuids) this.#over.set(uuid, { told: false });
    this.#live.clear();
    this.#actions.reset();
    this.#mailbox.emit('providerDidReset', { uuids });
  }

  /** The call is over for a reason other than the user's own action. */
  endElsewhere(text: unknown, reason: CXCallEndedReason): void {
    const { uuid, callID } = this.call(text);
    this.#remove(uuid);
    this.#mailbox.emit('didEndCall', { uuid, ...(callID !== null && { callID }), reason });
  }

  /** `endCall` and `reportCallEnded`: the app says so itself, and is told nothing. */
  ended(text: unknown): void {
    this.#remove(this.call(text).uuid);
  }

  #add(call: Pick<ZpnsCall, 'uuid' | 'outgoing' | 'state'> & Partial<ZpnsCall>): void {
    const unknown = { callID: null, handle: null, callerName: null, video: false, onHold: false, muted: false, groupedWith: null };
    this.#live.set(call.uuid, { ...unknown, since: Date.now(), ...call });
  }

  #remove(uuid: string): void {
    this.#live.delete(uuid);
    this.#over.set(uuid, { told: false });
    this.#actions.drop(uuid);
  }

  /** Asks the app; what it fulfils changes the call, a start or an answer that it does not fulfil ends the call. */
  #request(action: ActionRequest, change: Partial<ZpnsCall>): Promise<ActionOutcome> {
    return this.#actions.request(action, (outcome) => {
      if (!this.#live.has(action.uuid)) return;
      if (outcome === 'fulfill') this.update(action.uuid, change);
      else if (action.kind === 'start' || action.kind === 'answer') this.endElsewhere(action.uuid, CXCallEndedReason.Failed);
    });
  }
}

function uuidOf(text: unknown): string {
  const uuid = parseUUID(text);
  if (uuid === undefined) throw new ZpnsError(ZpnsCode.InvalidArgument, 'uuid must be a UUID');
  return uuid;
}
