/** The calls of the in-memory phone, and the actions that wait for JavaScript. */
import { ZpnsCode, ZpnsError, ZpnsErrorDomain } from '../errors';
import { CXCallEndedReason, CXErrorCodeIncomingCall, type CXActionKind, type CXActionSource } from '../types';
import { callUUID, parseUUID } from './callUUID';
import type { Mailbox } from './mailbox';

/** How an action ended: by the app, by the safety timer, or by a provider reset. */
export type ActionOutcome = 'fulfill' | 'fail' | 'timedOut' | 'reset';

/** A call of the in-memory phone. */
export interface MockCall {
  /** Upper case. */
  readonly uuid: string;
  /** Its call ID, if it came with one. */
  readonly callID: string | undefined;
  /** Whether the app started it. */
  readonly outgoing: boolean;
  /** Whether it is answered or, if outgoing, connected. */
  readonly connected: boolean;
  /** Muted or not. */
  readonly muted: boolean;
  /** On hold or not. */
  readonly onHold: boolean;
}

/** What a VoIP push holds. Everything may be missing, as on a phone. */
export type PushPayload = Record<string, unknown>;

interface Pending {
  readonly seq: string;
  readonly uuid: string;
  readonly kind: CXActionKind;
  /** What becomes of the call if the action is fulfilled. */
  readonly change: Partial<MockCall>;
  settle(outcome: ActionOutcome): void;
}

const EVENTS: Record<CXActionKind, string> = {
  start: 'performStartCallAction',
  answer: 'performAnswerCallAction',
  end: 'performEndCallAction',
  held: 'performSetHeldCallAction',
  muted: 'performSetMutedCallAction',
  group: 'performSetGroupCallAction',
  dtmf: 'performPlayDTMFCallAction',
};

/** Calls and actions. */
export class Calls {
  readonly #mailbox: Mailbox;
  readonly #live = new Map<string, MockCall>();
  /** Calls that are over, and whether JavaScript heard of a late push for them. */
  readonly #over = new Map<string, { told: boolean }>();
  readonly #pending = new Map<string, Pending>();
  #issued = 0;

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  /** The calls there are. */
  all(): MockCall[] {
    return [...this.#live.values()];
  }

  /** A VoIP push arrives. The same rules as in the core: a live call rings once, one that is over is told once, as missed. */
  push(payload: PushPayload): string {
    const callID = typeof payload.call_id === 'string' && payload.call_id !== '' ? payload.call_id : undefined;
    const uuid = callUUID(callID);
    if (this.#live.has(uuid)) return uuid;
    const over = this.#over.get(uuid);
    if (over === undefined) this.#add({ uuid, callID, outgoing: false });
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
    this.#add({ uuid, callID: undefined, outgoing: false });
  }

  /** `startCall`: the call is there, its start action waits. */
  start(text: unknown, handle: unknown, video: unknown): string {
    const uuid = text === undefined ? callUUID(undefined) : uuidOf(text);
    this.#add({ uuid, callID: undefined, outgoing: true });
    void this.act('start', uuid, 'app', { handle, contactIdentifier: '', video: video === true });
    return uuid;
  }

  /** Something is asked of a call; resolves when the app, or the time, has settled it. */
  act(
    kind: CXActionKind,
    text: unknown,
    source: CXActionSource,
    fields: object = {},
    change: Partial<MockCall> = {},
  ): Promise<ActionOutcome> {
    const { uuid } = this.call(text);
    this.#issued += 1;
    const seq = `native${this.#issued}`;
    const settled = new Promise<ActionOutcome>((settle) => {
      this.#pending.set(seq, { seq, uuid, kind, change, settle });
    });
    this.#mailbox.emit(EVENTS[kind], { seq, source, action: { callUUID: uuid, ...fields } });
    return settled;
  }

  /** `completeAction`. */
  complete(seq: string, outcome: 'fulfill' | 'fail'): void {
    const pending = this.#pending.get(seq);
    if (pending !== undefined) {
      this.#settle(pending, outcome);
      return;
    }
    const number = Number(/^native(\d+)$/.exec(seq)?.[1] ?? NaN);
    throw number >= 1 && number <= this.#issued
      ? new ZpnsError(ZpnsCode.AlreadySettled, 'the action was settled before')
      : new ZpnsError(ZpnsCode.UnknownAction, 'no action has this number');
  }

  /** The time of a call's oldest waiting action is up. */
  timeOut(text: unknown): void {
    const { uuid } = this.call(text);
    const pending = [...this.#pending.values()].find((action) => action.uuid === uuid);
    if (pending === undefined) throw new Error(`No action of ${uuid} is waiting.`);
    this.#settle(pending, 'timedOut');
    this.#mailbox.emit('timedOutPerformingAction', { seq: pending.seq, action: { callUUID: uuid, kind: pending.kind } });
  }

  /** The system drops all calls. */
  reset(): void {
    const uuids = [...this.#live.keys()];
    for (const pending of this.#pending.values()) pending.settle('reset');
    this.#pending.clear();
    for (const uuid of uuids) this.#remove(uuid);
    this.#mailbox.emit('providerDidReset', { uuids });
  }

  /** The call is over for a reason other than the user's own action. */
  endRemotely(text: unknown, reason: CXCallEndedReason): void {
    const { uuid, callID } = this.call(text);
    this.#remove(uuid);
    this.#mailbox.emit('didEndCall', { uuid, ...(callID !== undefined && { callID }), reason });
  }

  /** `reportCallEnded`: the app says so itself, and is told nothing. */
  ended(text: unknown): void {
    this.#remove(this.call(text).uuid);
  }

  /** Changes what is known of a call. */
  update(text: unknown, change: Partial<MockCall>): void {
    const call = this.call(text);
    this.#live.set(call.uuid, { ...call, ...change });
  }

  /** The call with this UUID. */
  call(text: unknown): MockCall {
    const call = this.#live.get(uuidOf(text));
    if (call === undefined) throw new ZpnsError(ZpnsCode.UnknownCall, 'no call has this UUID');
    return call;
  }

  #add(call: Pick<MockCall, 'uuid' | 'callID' | 'outgoing'>): void {
    this.#live.set(call.uuid, { connected: false, muted: false, onHold: false, ...call });
  }

  #remove(uuid: string): void {
    this.#live.delete(uuid);
    this.#over.set(uuid, { told: false });
    for (const pending of [...this.#pending.values()].filter((action) => action.uuid === uuid)) {
      this.#pending.delete(pending.seq);
      pending.settle('fail');
    }
  }

  #settle(pending: Pending, outcome: ActionOutcome): void {
    this.#pending.delete(pending.seq);
    pending.settle(outcome);
    if (pending.kind === 'end') this.#remove(pending.uuid);
    else if (outcome === 'fulfill') this.update(pending.uuid, pending.change);
    else if (pending.kind === 'start' || pending.kind === 'answer') this.endRemotely(pending.uuid, CXCallEndedReason.Failed);
  }
}

function uuidOf(text: unknown): string {
  const uuid = parseUUID(text);
  if (uuid === undefined) throw new ZpnsError(ZpnsCode.InvalidArgument, 'uuid must be a UUID');
  return uuid;
}
