/** Calls as the gateway sees them: followed, and told what was done to them here. */
import { ZpnsCode, ZpnsError, ZpnsErrorDomain } from '../errors';
import { CXCallEndedReason, type ZIMPushConfig } from '../types';
import { notAuthenticated, notConfigured } from './account';
import { callUUID } from './callUUID';
import type { Calls } from './calls';
import type { GatewayAnswer } from './gateway';
import { isPending, type GatewayCall, type GatewayEvent } from './gatewayCalls';
import { checkExtendedData, checkResourcesID, checkTimeout, checkUsers, invalid } from './limits';
import type { Push } from './payload';
import type { Process } from './process';
import { changes, endOf, info, numberOf, type View } from './zim';

type Verb = 'accept' | 'reject' | 'cancel' | 'end';

interface Invitation {
  readonly callID: string;
  readonly role: 'caller' | 'invitee';
  readonly user: string | null;
  readonly caller: string;
  /** The push's capability; null for calls that are followed with the user's token. */
  follow: { url: string; token: string } | null;
  accepted: boolean;
  call: GatewayCall | undefined;
  lastEvent: number;
  stop: (() => void) | undefined;
}

/** Something that the gateway has yet to hear. */
interface Errand {
  readonly verb: Verb;
  readonly callID: string;
  readonly uuid: string;
  readonly body: object;
  follow: { url: string; token: string } | null;
  readonly settle: ((answer: GatewayAnswer | ZpnsError) => void) | undefined;
}

const GRACE_MS = 30_000;
const ZIM_CODES: Record<string, string> = {
  call_exists: '6000275',
  no_such_call: '6000276',
  not_the_inviter: '6000273',
  not_an_invitee: '6000274',
  not_a_participant: '6000274',
};

/** Invitations by call UUID, and the errands that wait for a token. */
export class Invitations {
  readonly #process: Process;
  readonly #calls: Calls;
  readonly #invitations = new Map<string, Invitation>();
  #waiting: Errand[] = [];

  constructor(process: Process, calls: Calls) {
    this.#process = process;
    this.#calls = calls;
  }

  /** Whether this user is invited to this call. */
  isInvitee(uuid: string): boolean {
    return this.#invitations.get(uuid)?.role === 'invitee';
  }

  /** Whether the call goes on. */
  isAccepted(uuid: string): boolean {
    const invitation = this.#invitations.get(uuid);
    return invitation?.role === 'caller' ? invitation.call?.state === 'accepted' : invitation?.accepted === true;
  }

  /** The ID of a call that this user made. */
  callID(uuid: string): string | null {
    return this.#invitations.get(uuid)?.callID ?? null;
  }

  /** A push brought an invitation. */
  received(uuid: string, push: Push): void {
    const { callID, caller, user, follow, extendedData, timeout, mode, sentAt } = push;
    if (callID === null || (follow === null && caller === null)) return;
    this.#invitations.set(uuid, { ...made(callID, 'invitee', caller ?? ''), user, follow });
    if (caller !== null) {
      const me = user ?? this.#process.account.userID;
      const userOf = (userID: string, state: number) => ({ userID, state, extendedData: '' });
      const callUserList = [userOf(caller, numberOf('accepted')), ...(me === null ? [] : [userOf(me, numberOf('received'))])];
      const createTime = sentAt ?? this.#process.clock.now();
      this.#process.mailbox.emit('callInvitationReceived', {
        callID,
        mode,
        caller,
        inviter: caller,
        timeout,
        createTime,
        extendedData,
        callUserList,
      });
    }
    if (follow !== null) this.#process.later(() => this.#process.gateway.handle('POST', '/v1/receipts', follow.token, { callID }));
    this.#follow(uuid);
  }

  /** The app has answered in CallKit: only now does the gateway hear it. */
  answered(uuid: string): void {
    const invitation = this.#invitations.get(uuid);
    if (invitation?.role !== 'invitee' || invitation.accepted) return;
    invitation.accepted = true;
    this.#tell(invitation.callID, 'accept', {});
  }

  /** The user, or a reset, ended the call. */
  tellEnd(uuid: string, connected: boolean): void {
    const invitation = this.#invitations.get(uuid);
    if (invitation === undefined) return;
    const before = invitation.role === 'caller' ? 'cancel' : 'reject';
    this.#tell(invitation.callID, connected || this.isAccepted(uuid) ? 'end' : before, {});
  }

  /** The call is over without the gateway having said so. */
  overByItself(uuid: string, reason: CXCallEndedReason): void {
    const invitation = this.#invitations.get(uuid);
    if (invitation) this.#process.mailbox.emit(...overByItself(invitation, reason, this.#process.clock.now()));
    this.#finish(uuid, reason);
  }

  /** Stops following a call. */
  close(uuid: string): void {
    this.#invitations.get(uuid)?.stop?.();
    if (this.#invitations.delete(uuid)) this.#calls.stopRing(uuid);
  }

  /** For `diagnose()`: how many calls are known here, how many of them are followed, and how much waits for the gateway. */
  diagnose(): { followed: number; openStreams: number; outbox: number } {
    const invitations = [...this.#invitations.values()];
    return {
      followed: invitations.length,
      openStreams: invitations.filter(({ stop }) => stop !== undefined).length,
      outbox: this.#waiting.length,
    };
  }

  /** There is another gateway or user token: what waited for one goes on. */
  accountChanged(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const errand of waiting) this.#send(errand);
    for (const uuid of this.#invitations.keys()) this.#follow(uuid);
  }

  // ------------------------------------------------------------ the app's verbs

  /** `callInvite`. */
  async invite(body: { invitees: string[]; config?: InviteConfig; callID?: string }): Promise<object> {
    const { invitees, config = {}, callID } = body;
    if (invitees.length === 0) throw invalid('invitees may not be empty: name 1 to 9 users');
    checkUsers(invitees);
    const { timeout = 90, mode = 0, extendedData = '', pushConfig } = config;
    checkTimeout(timeout);
    checkExtendedData(extendedData);
    checkResourcesID(pushConfig?.resourcesID ?? '');
    const token = this.#token();
    const installation = this.#process.account.installation;
    const answer = await this.#ask('POST', '/v1/calls', token, { callID, invitees, timeout, mode, extendedData, pushConfig, installation });
    const { call, errorUserList } = body201(answer);
    const uuid = callUUID(call.callID);
    this.#process.mailbox.emit('callInvitationCreated', created(call));
    const live = this.#calls.live(uuid);
    if (live) live.callID = call.callID;
    this.close(uuid);
    this.#calls.ringUntil(uuid, call.expiresAt + GRACE_MS);
    this.#invitations.set(uuid, { ...made(call.callID, 'caller', call.caller), call, lastEvent: call.seq });
    this.#follow(uuid);
    return { callID: call.callID, timeout: call.timeout, errorUserList };
  }

  /** `callAccept`, `callReject`, `callCancel`, `callEnd`. */
  act(verb: Verb, params: { callID: string; invitees?: string[]; config?: { extendedData?: string } }): Promise<object> {
    const { callID, invitees = [], config: { extendedData = '' } = {} } = params;
    checkUsers(invitees);
    checkExtendedData(extendedData);
    const uuid = callUUID(callID);
    const invitation = this.#invitations.get(uuid);
    if (!invitation?.follow && this.#process.account.serverURL === null) throw notConfigured();
    if (verb === 'accept' && invitation) {
      invitation.accepted = true;
      this.#calls.stopRing(uuid);
    }
    return new Promise((resolve, reject) => {
      this.#tell(callID, verb, { extendedData, invitees }, (answer) => {
        const result = answer instanceof ZpnsError ? answer : asZim(verb, answer);
        if (result instanceof ZpnsError) reject(result);
        else resolve(result);
      });
      this.#follows(uuid, verb, invitees.length === 0 || (invitation?.call?.participants.length ?? 2) <= 2);
    });
  }

  /** `queryCallInvitation`. */
  async query(callID: string): Promise<object> {
    const follow = this.#invitations.get(callUUID(callID))?.follow;
    const token = follow?.token ?? this.#token();
    const answer = await this.#ask('GET', `/v1/calls/${encodeURIComponent(callID)}`, token, null);
    return info(answer.body as GatewayCall);
  }

  // ------------------------------------------------------------ inside

  /** The call screen follows what the app did by a verb. */
  #follows(uuid: string, verb: Verb, everyone: boolean): void {
    const live = this.#calls.live(uuid);
    const answered = this.#invitations.get(uuid)?.call?.state === 'accepted';
    if (live === undefined) {
      if (verb === 'reject') this.#finish(uuid, CXCallEndedReason.DeclinedElsewhere);
    } else if (verb === 'accept') {
      if (!live.outgoing && live.state === 'ringing') this.#calls.request('answer', uuid);
    } else if (verb !== 'cancel' || (everyone && !answered)) {
      // An answered call goes on when it is cancelled: the gateway only stops what still rings.
      this.close(uuid);
      this.#calls.request('end', uuid);
    }
  }

  #token(): string {
    const { serverURL, userToken } = this.#process.account;
    if (serverURL === null) throw notConfigured();
    if (userToken !== null) return userToken;
    this.#process.account.needUserToken();
    throw notAuthenticated();
  }

  #ask(method: string, path: string, token: string, body: unknown): Promise<GatewayAnswer> {
    return new Promise((resolve, reject) => {
      this.#process.later(() => {
        const answer = this.#process.gateway.handle(method, path, token, body);
        if (answer.status === 401) this.#process.account.needUserToken();
        if (answer.status >= 200 && answer.status < 300) resolve(answer);
        else reject(refusal(answer));
      });
    });
  }

  #tell(callID: string, verb: Verb, body: object, settle?: Errand['settle']): void {
    const uuid = callUUID(callID);
    const follow = this.#invitations.get(uuid)?.follow ?? null;
    this.#process.later(() => this.#send({ verb, callID, uuid, body: { extendedData: '', invitees: [], ...body }, follow, settle }));
  }

  #send(errand: Errand): void {
    const { verb, callID, uuid, body, follow, settle } = errand;
    const { account, gateway } = this.#process;
    const token = follow?.token ?? (account.serverURL === null ? null : account.userToken);
    if (token === null) {
      if (account.serverURL !== null) account.needUserToken();
      settle?.(account.serverURL === null ? notConfigured() : notAuthenticated());
      if (settle === undefined) this.#waiting.push(errand);
      return;
    }
    const by = follow === null ? { ...body, installation: account.installation } : body;
    const answer = gateway.handle('POST', `/v1/calls/${encodeURIComponent(callID)}/${verb}`, token, by);
    if (answer.status >= 200 && answer.status < 300) this.#taken(errand, answer);
    else if ((answer.status === 401 || answer.status === 403) && follow !== null) this.#send({ ...errand, follow: null });
    else {
      if (answer.status === 401) account.needUserToken();
      settle?.(refusal(answer));
      if (verb === 'accept' && (answer.status === 404 || answer.status === 410)) this.overByItself(uuid, CXCallEndedReason.RemoteEnded);
    }
  }

  #taken({ verb, uuid, settle }: Errand, answer: GatewayAnswer): void {
    const { applied, call } = answer.body as { applied: boolean; call: GatewayCall };
    const invitation = this.#invitations.get(uuid);
    if (verb === 'accept' && invitation) invitation.accepted = applied;
    settle?.(answer);
    this.#learn(uuid, call);
  }

  #follow(uuid: string): void {
    const invitation = this.#invitations.get(uuid);
    if (invitation === undefined || invitation.stop !== undefined) return;
    const token = invitation.follow?.token ?? this.#process.account.userToken;
    if (token === null) return;
    const path = `/v1/calls/${encodeURIComponent(invitation.callID)}`;
    this.#process.later(() => {
      const { gateway } = this.#process;
      const { status } = gateway.handle('GET', `${path}/events`, token, null);
      if (status === 200) {
        invitation.stop = gateway.follow(invitation.callID, invitation.lastEvent, (event) =>
          this.#process.later(() => this.#hears(uuid, event)),
        );
      } else if ((status === 401 || status === 403) && invitation.follow !== null) {
        invitation.follow = null;
        this.#follow(uuid);
      } else if (status === 404 || status === 410) {
        const asked = gateway.handle('GET', path, token, null);
        if (asked.status === 404 || asked.status === 410) this.overByItself(uuid, CXCallEndedReason.RemoteEnded);
        else if (asked.status === 200) this.#learn(uuid, asked.body as GatewayCall);
      }
    });
  }

  #hears(uuid: string, event: GatewayEvent): void {
    const invitation = this.#invitations.get(uuid);
    if (invitation) invitation.lastEvent = event.seq;
    this.#learn(uuid, event.call, event);
  }

  #learn(uuid: string, call: GatewayCall, event?: GatewayEvent): void {
    const invitation = this.#invitations.get(uuid);
    if (invitation === undefined) return;
    const { account, mailbox, clock } = this.#process;
    const view: View = { ...invitation, user: invitation.user ?? account.userID, installation: account.installation };
    if (invitation.call === undefined || invitation.call.seq < call.seq) {
      const events = changes(view, invitation.call, call, event, clock.now());
      invitation.call = call;
      for (const [type, body] of events) mailbox.emit(type, body);
    }
    const reason = endOf(view, invitation.call);
    if (reason !== undefined) this.#finish(uuid, reason);
  }

  #finish(uuid: string, reason: CXCallEndedReason): void {
    if (this.#calls.live(uuid)) this.#calls.end(uuid, 'elsewhere', reason);
    else if (this.isInvitee(uuid)) this.#calls.remember(uuid, reason);
    this.close(uuid);
  }
}

/** `config` of `callInvite`. */
export interface InviteConfig {
  readonly timeout?: number;
  readonly mode?: 0 | 1;
  readonly extendedData?: string;
  readonly pushConfig?: ZIMPushConfig;
}

function made(callID: string, role: Invitation['role'], caller: string): Invitation {
  return { callID, role, user: null, caller, follow: null, accepted: false, call: undefined, lastEvent: 0, stop: undefined };
}

function created({ callID, mode, caller, extendedData, timeout, createdAt, participants }: GatewayCall): object {
  const callUserList = participants.map(({ userID, state, extendedData }) => ({ userID, state: numberOf(state), extendedData }));
  return { callID, mode, caller, extendedData, timeout, createTime: createdAt, callUserList };
}

function overByItself({ callID, role, caller, call, accepted }: Invitation, reason: CXCallEndedReason, now: number): [string, object] {
  const mode = call?.mode ?? 0;
  if (reason === CXCallEndedReason.Unanswered) {
    const rung = call?.participants.filter(({ state }) => isPending(state)).map(({ userID }) => userID) ?? [];
    return role === 'caller' ? ['callInviteesAnsweredTimeout', { callID, invitees: rung }] : ['callInvitationTimeout', { callID, mode }];
  }
  if (role === 'invitee' && !accepted) return ['callInvitationCancelled', { callID, mode, inviter: caller, extendedData: '' }];
  return ['callInvitationEnded', { callID, mode, caller, operatedUserID: '', extendedData: '', endTime: now }];
}

function asZim(verb: Verb, answer: GatewayAnswer): object {
  const { applied, call } = answer.body as { applied: boolean; call: GatewayCall };
  const { callID } = call;
  if (verb === 'accept' && !applied)
    return new ZpnsError(ZpnsCode.Expired, "the call was over or answered elsewhere before: it can't be accepted any more");
  if (verb === 'cancel' && !applied && call.state === 'accepted') {
    return new ZpnsError('6000271', 'the call was accepted before it could be cancelled: use callEnd', ZpnsErrorDomain.Zim);
  }
  if (verb === 'cancel') return { callID, errorInvitees: [] };
  if (verb !== 'end') return { callID };
  return { callID, createTime: call.createdAt, acceptTime: call.acceptedAt ?? 0, endTime: call.endedAt ?? 0 };
}

function body201({ body }: GatewayAnswer): { call: GatewayCall; errorUserList: object[] } {
  return body as { call: GatewayCall; errorUserList: object[] };
}

function refusal({ status, body }: GatewayAnswer): ZpnsError {
  const { code = '', message = `the gateway answered with status ${status}` } =
    (body as { error?: { code?: string; message?: string } } | undefined)?.error ?? {};
  const zim = ZIM_CODES[code];
  if (zim !== undefined) return new ZpnsError(zim, message, ZpnsErrorDomain.Zim);
  if (status === 401) return notAuthenticated();
  return status === 0
    ? new ZpnsError(ZpnsCode.Network, "the gateway can't be reached: try again")
    : new ZpnsError(ZpnsCode.Server, message);
}
