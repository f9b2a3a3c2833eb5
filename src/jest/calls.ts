/** The calls of the in-memory phone, by the rules of the core: what a push does, what the user and the app do, and the one way by which a call ends. */
import { ZpnsCode, ZpnsError, ZpnsErrorDomain } from '../errors';
import {
  CXCallEndedReason,
  CXErrorCodeIncomingCall,
  CXHandleType,
  type CXCallUpdate,
  type CXHandle,
  type CXProviderConfiguration,
  type ZpnsCall,
} from '../types';
import { ACTIONS, Actions } from './actions';
import { callUUID, parseUUID } from './callUUID';
import { decide, type Known } from './decision';
import { Invitations } from './invitations';
import { overAt, readPush, type Push } from './payload';
import type { LiveCall, Process } from './process';
import { PushLog } from './pushLog';
import { RecentCalls } from './recent';
import { isReason, Reports } from './reports';
import type { ActionFields, ScreenAction, ScreenDelegate } from './screen';
import type { Timer } from './clock';
import type { ActionName } from './timeline';

/** Who ended a call, and so who has yet to hear: the system and JavaScript, the system, nobody, or JavaScript. */
type Over = 'elsewhere' | 'byApp' | 'byUser' | 'notShown' | 'neverShown';

/** Calls. UUIDs are taken in any case. */
export class Calls implements ScreenDelegate {
  /** The gateway's side of them. */
  readonly invitations: Invitations;
  readonly #process: Process;
  readonly #actions: Actions;
  readonly #live = new Map<string, LiveCall>();
  readonly #recent: RecentCalls;
  readonly #reports: Reports;
  readonly #ring = new Map<string, Timer>();
  readonly #log = new PushLog();
  #provider: CXProviderConfiguration | null = null;

  constructor(process: Process) {
    this.#process = process;
    this.#recent = new RecentCalls(process.clock);
    this.#reports = new Reports(process.screen);
    this.#actions = new Actions(process.clock, (action) => this.#settle(action, action.kind === 'end' ? 'fulfill' : 'fail'));
    this.invitations = new Invitations(process, this);
  }

  // ------------------------------------------------------------ pushes

  /** A VoIP push arrives; the call's UUID. */
  push(raw: object | string, mustReport: boolean): string {
    const push = readPush(raw, this.#process.facts.appName);
    const uuid = callUUID(push.callID);
    const at = this.#process.clock.now();
    const decided = decide(push, this.#known(uuid), mustReport, at);
    const { decision, why, reason } = decided;
    this.#log.add({ at, uuid, push, mustReport, decision: decided, bytes: sizeOf(raw) });
    if (decision !== 'drop') this.#reports.add(uuid, push);
    if (decision === 'reportAndEnd') this.#reports.end(uuid, reason);
    if (decision === 'ring') this.#rings(uuid, push);
    else if (why === 'liveCall') this.#ringsAgain(uuid, push);
    else if (why === 'cancelled') {
      this.invitations.overByItself(uuid, reason);
      // JavaScript heard of the call and of its end: another push for it is no missed call.
      this.#recent.tell(uuid);
    } else this.#missed(uuid, push, reason, why === 'endedBefore');
    return uuid;
  }

  // ------------------------------------------------------------ the app

  /** `setInitConfiguration`. */
  configure(configuration: CXProviderConfiguration): void {
    this.#provider = configuration;
    this.#process.screen.configure(configuration, this);
  }

  /** The calls there are. */
  all(): ZpnsCall[] {
    const calls = this.#inOrder().sort((one, other) => one.since - other.since);
    return calls.map(({ shown: _shown, ...call }) => call);
  }

  /** The live call with this UUID. */
  live(uuid: string): LiveCall | undefined {
    return this.#live.get(uuid);
  }

  /** The live call that the app names; throws if there is none. */
  named(text: unknown): LiveCall {
    const call = this.#live.get(uuidOf(text));
    if (call === undefined) throw new ZpnsError(ZpnsCode.UnknownCall, 'no call has this UUID; it is over, or was never reported');
    return call;
  }

  /** `reportIncomingCall`: resolves when the system has completed the report. */
  reportByApp(text: unknown, update: CXCallUpdate = {}): Promise<void> {
    const uuid = uuidOf(text);
    if (this.#reports.isEnding(uuid)) {
      throw new ZpnsError(
        String(CXErrorCodeIncomingCall.CallUUIDAlreadyExists),
        'the call is already reported',
        ZpnsErrorDomain.IncomingCall,
      );
    }
    const { remoteHandle, localizedCallerName: name = null, hasVideo: video = false } = update;
    const handle = remoteHandle ?? { type: CXHandleType.Generic, value: name ?? this.#process.facts.appName };
    if (!this.#live.has(uuid)) {
      this.#recent.forget(uuid);
      this.#add({ uuid, outgoing: false, state: 'ringing', handle, callerName: name, video });
    }
    return new Promise((resolve, reject) => {
      this.#reports.add(uuid, { name, handle, video }, { resolve, reject });
    });
  }

  /** `reportOutgoingCall` and `reportOutgoingCallStarted`. */
  reportOutgoing(text: unknown, connected: boolean): void {
    const call = this.named(text);
    this.#process.screen.outgoing(call.uuid, connected);
    if (call.outgoing && connected) {
      call.state = 'connected';
      this.stopRing(call.uuid);
    } else if (call.outgoing && call.state === 'starting') call.state = 'connecting';
  }

  /** `reportCallUpdate`. */
  reportUpdate(text: unknown, { remoteHandle, localizedCallerName, hasVideo }: CXCallUpdate): void {
    const call = this.named(text);
    call.handle = remoteHandle ?? call.handle;
    call.callerName = localizedCallerName ?? call.callerName;
    call.video = hasVideo ?? call.video;
    this.#process.screen.update(call.uuid, remoteHandle, hasVideo);
  }

  /** `reportCallEnded`. Saying so again is harmless. */
  reportEnded(text: unknown, reason: CXCallEndedReason): void {
    const uuid = uuidOf(text);
    if (!isReason(reason)) throw new ZpnsError(ZpnsCode.InvalidArgument, 'reason must be 1 to 5');
    if (this.hungUp(uuid)) return;
    this.named(uuid);
    this.end(uuid, 'byApp', reason);
  }

  /** `startCall`: the new call's UUID. */
  start(text: unknown, handle: CXHandle, video = false): string {
    const uuid = text === undefined ? callUUID(null) : uuidOf(text);
    if (handle.value.trim() === '') throw new ZpnsError(ZpnsCode.InvalidArgument, 'handle.value may not be empty');
    this.#process.screen.request('start', uuid, { handle, video });
    return uuid;
  }

  /** The app asks for something else. */
  request(kind: ActionName, text: unknown, fields: ActionFields = {}): void {
    this.#process.screen.request(kind, this.named(text).uuid, fields);
  }

  /** `completeAction`. */
  complete(seq: string, outcome: 'fulfill' | 'fail'): void {
    this.#settle(this.#actions.take(seq), outcome);
  }

  /** For `diagnose()`: nothing that names anybody. */
  diagnose(): object {
    const { followed, openStreams, outbox } = this.invitations.diagnose();
    const describe = ({ uuid, outgoing, state, shown, since }: LiveCall): object => {
      return { uuid, outgoing, state, confirmedByCallKit: shown, since };
    };
    return {
      provider: this.#provider,
      pushes: this.#log.diagnose(this.#process.clock.now()),
      live: this.#inOrder().map(describe),
      followed,
      openStreams,
      openReports: this.#reports.size,
      openActions: this.#actions.diagnose(),
      // The screen answers requests at once.
      openTransactions: 0,
      outbox,
      endedRecently: this.#recent.size,
    };
  }

  // ------------------------------------------------------------ the system

  reportCompleted(uuid: string, error: ZpnsError | undefined): void {
    const completed = this.#reports.completed(uuid, error);
    const call = this.#live.get(uuid);
    if (completed === undefined || call === undefined) return;
    const { exists, refused, asked } = completed;
    if (exists) call.shown = true;
    else if (!call.shown && refused !== undefined) this.end(uuid, asked ? 'neverShown' : 'notShown', refused);
  }

  perform(action: ScreenAction): void {
    const { kind, uuid, fields, origin } = action;
    const call = this.#live.get(uuid);
    if (kind === 'start') {
      if (call !== undefined) {
        this.#process.screen.settle(action.id, 'fail');
        return;
      }
      const { handle = null, video = false } = fields;
      this.#add({ uuid, outgoing: true, state: 'starting', handle, video, shown: true, callID: this.invitations.callID(uuid) });
    } else if (call === undefined) {
      this.#process.screen.settle(action.id, kind === 'end' ? 'fulfill' : 'fail');
      return;
    } else if (kind === 'answer' && (call.outgoing || call.state !== 'ringing')) {
      this.#process.screen.settle(action.id, call.outgoing ? 'fail' : 'fulfill');
      return;
    } else if (origin === 'app' && kind !== 'answer') {
      if (kind === 'end') this.#endedByUser(call);
      this.#settle(action, 'fulfill');
      return;
    }
    if (kind === 'end' && call) this.#endedByUser(call);
    if (kind === 'answer' && call) {
      call.state = 'answering';
      this.stopRing(uuid);
    }
    this.#process.mailbox.emit(ACTIONS[kind].event, {
      seq: this.#actions.open(action),
      source: origin,
      action: { callUUID: uuid, ...told(action) },
    });
  }

  timedOut(id: number): void {
    const timedOut = this.#actions.takeTimedOut(id);
    if (timedOut === undefined) return;
    const { kind, uuid } = timedOut.action;
    this.#process.mailbox.emit('timedOutPerformingAction', { seq: timedOut.seq, action: { callUUID: uuid, kind: ACTIONS[kind].kind } });
    if (kind === 'answer' || kind === 'start') this.end(uuid, 'elsewhere', CXCallEndedReason.Failed);
  }

  providerDidReset(): void {
    this.#actions.takeAll();
    this.#reports.clear();
    const calls = this.#inOrder();
    this.#process.mailbox.emit('providerDidReset', { uuids: calls.map(({ uuid }) => uuid) });
    for (const { uuid, state } of calls) {
      this.invitations.tellEnd(uuid, state === 'connected');
      this.end(uuid, 'notShown', CXCallEndedReason.Failed);
    }
  }

  audio(active: boolean): void {
    this.#process.mailbox.emit(active ? 'didActivateAudioSession' : 'didDeactivateAudioSession', {});
  }

  // ------------------------------------------------------------ the end

  /** Ends a live call; nothing happens if there is none. */
  end(uuid: string, over: Over, reason: CXCallEndedReason): void {
    const call = this.#live.get(uuid);
    if (call === undefined) return;
    this.#live.delete(uuid);
    this.stopRing(uuid);
    // A report that the system completes only after the call's end would bring the call back.
    if (over === 'elsewhere' || over === 'byApp' || this.#reports.isOpen(uuid)) this.#reports.end(uuid, reason);
    for (const action of this.#actions.takeAll(uuid)) this.#settle(action, action.kind === 'end' ? 'fulfill' : 'fail');
    for (const other of this.#live.values()) if (other.groupedWith === uuid) other.groupedWith = null;
    this.#recent.add(uuid, reason);
    if (over === 'elsewhere' || over === 'notShown') {
      this.#process.mailbox.emit('didEndCall', { uuid, ...(call.callID !== null && { callID: call.callID }), reason });
    }
    this.invitations.close(uuid);
  }

  /** A late push for this call does not ring. */
  remember(uuid: string, reason: CXCallEndedReason): void {
    this.#recent.add(uuid, reason);
  }

  /** Whether this call was here and is no more. */
  hungUp(uuid: string): boolean {
    return !this.#live.has(uuid) && this.#recent.get(uuid) !== undefined;
  }

  /** Nobody answers in time: the call is over at `at`. */
  ringUntil(uuid: string, at: number): void {
    this.stopRing(uuid);
    const over = () => {
      const state = this.#live.get(uuid)?.state;
      if (state === 'answering' || state === 'connected' || this.invitations.isAccepted(uuid)) return;
      this.invitations.overByItself(uuid, CXCallEndedReason.Unanswered);
    };
    this.#ring.set(uuid, this.#process.clock.at(at, over));
  }

  /** It does not ring any more. */
  stopRing(uuid: string): void {
    this.#process.clock.cancel(this.#ring.get(uuid));
    this.#ring.delete(uuid);
  }

  // ------------------------------------------------------------ inside

  /** The calls there are, in the core's order: by UUID. */
  #inOrder(): LiveCall[] {
    return [...this.#live.values()].sort((one, other) => (one.uuid < other.uuid ? -1 : 1));
  }

  #known(uuid: string): Known {
    if (this.#live.has(uuid)) return { is: 'live' };
    if (this.invitations.isInvitee(uuid)) return { is: 'inApp' };
    const ended = this.#recent.get(uuid);
    return ended ? { is: 'ended', reason: ended.reason } : { is: 'new' };
  }

  #rings(uuid: string, push: Push): void {
    this.#process.mailbox.emit('didReceiveIncomingPush', { payload: push.payload, uuid });
    const { callID, handle, name: callerName, video } = push;
    this.#add({ uuid, outgoing: false, state: 'ringing', callID, handle, callerName, video });
    this.ringUntil(uuid, push.expiresAt ?? this.#process.clock.now() + push.timeout * 1000);
    this.invitations.received(uuid, push);
  }

  /** Another push for a live call brings the way to follow it, where that was missing. */
  #ringsAgain(uuid: string, push: Push): void {
    const call = this.#live.get(uuid);
    if (call === undefined || call.outgoing || push.follow === null || this.invitations.isInvitee(uuid)) return;
    call.callID ??= push.callID;
    if (call.state === 'ringing') this.ringUntil(uuid, overAt(push) ?? this.#process.clock.now() + push.timeout * 1000);
    this.invitations.received(uuid, { ...push, caller: null });
  }

  #missed(uuid: string, push: Push, reason: CXCallEndedReason, endedBefore: boolean): void {
    if (endedBefore) {
      if (push.kind !== 'invite' || !this.#recent.tell(uuid)) return;
    } else if (push.callID !== null) {
      this.#recent.add(uuid, reason, true);
    }
    // What the user answered or declined on another device was not missed.
    const elsewhere = reason === CXCallEndedReason.AnsweredElsewhere || reason === CXCallEndedReason.DeclinedElsewhere;
    if (elsewhere && !endedBefore) return;
    this.#process.mailbox.emit('didReceiveIncomingPush', { payload: push.payload, uuid, missed: true });
  }

  #add(call: Pick<ZpnsCall, 'uuid' | 'outgoing' | 'state'> & Partial<LiveCall>): void {
    const unknown = { callID: null, handle: null, callerName: null, video: false, onHold: false, muted: false, groupedWith: null };
    this.#live.set(call.uuid, { ...unknown, since: this.#process.clock.now(), shown: false, ...call });
  }

  #endedByUser(call: LiveCall): void {
    const { uuid, outgoing, state } = call;
    const { AnsweredElsewhere, DeclinedElsewhere, RemoteEnded } = CXCallEndedReason;
    const incoming = state === 'connected' ? AnsweredElsewhere : DeclinedElsewhere;
    this.invitations.tellEnd(uuid, state === 'connected');
    this.end(uuid, 'byUser', outgoing ? RemoteEnded : incoming);
  }

  #settle(action: ScreenAction, outcome: 'fulfill' | 'fail'): void {
    const { kind, uuid, fields } = action;
    this.#process.screen.settle(action.id, outcome);
    const call = this.#live.get(uuid);
    if (call === undefined) return;
    if (outcome === 'fail') {
      if (kind === 'start') this.end(uuid, 'notShown', CXCallEndedReason.Failed);
      if (kind === 'answer' && call.state === 'answering') this.end(uuid, 'elsewhere', CXCallEndedReason.Failed);
    } else if (kind === 'start' && call.state === 'starting') call.state = 'connecting';
    else if (kind === 'answer') {
      call.state = 'connected';
      this.invitations.answered(uuid);
    } else if (kind === 'setHeld') call.onHold = fields.onHold ?? false;
    else if (kind === 'setMuted') call.muted = fields.muted ?? false;
    else if (kind === 'setGroup') call.groupedWith = this.#live.has(fields.with ?? '') ? (fields.with ?? null) : null;
  }
}

/** What an action's event carries beside its call. */
function told({ kind, fields }: ScreenAction): object {
  if (kind === 'start') return { handle: fields.handle ?? null, contactIdentifier: '', video: fields.video ?? false };
  if (kind === 'setGroup') return { callUUIDToGroupWith: fields.with ?? null };
  return fields;
}

function uuidOf(text: unknown): string {
  const uuid = parseUUID(text);
  if (uuid === undefined) throw new ZpnsError(ZpnsCode.InvalidArgument, 'uuid must be a UUID');
  return uuid;
}

/** How many bytes the push has. */
function sizeOf(push: object | string): number {
  return Buffer.byteLength(typeof push === 'string' ? push : JSON.stringify(push), 'utf8');
}
