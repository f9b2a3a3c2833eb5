/** Calls as the gateway sees them: followed, and told what was done to them here. */
import { CXCallEndedReason } from '../types';
import { waitWhileRinging } from './backoff';
import { callUUID } from './callUUID';
import type { Calls } from './calls';
import type { Timer } from './clock';
import type { GatewayCall, GatewayEvent } from './gatewayCalls';
import { Inviting, type Invited, type Wanted } from './inviting';
import { Outbox, type Message, type Taken, type Verb } from './outbox';
import type { Push } from './payload';
import type { Process } from './process';
import { callExists } from './refusal';
import { changes, created, endOf, isAcceptedHere, numberOf, overByItself, type View } from './zim';

interface Invitation {
  readonly callID: string;
  readonly role: 'caller' | 'invitee';
  readonly user: string | null;
  readonly caller: string;
  /** Until when it may ring, Unix milliseconds. */
  readonly expiresAt: number;
  /** The push's capability; undefined for calls that are followed with the user's token, and once the gateway has refused it. */
  capability: string | undefined;
  accepted: boolean;
  call: GatewayCall | undefined;
  lastEvent: number;
  /** Closes the stream that is open. */
  stop: (() => void) | undefined;
  /** Streams that failed in a row. */
  failures: number;
  again: Timer | undefined;
}

/** How long the gateway may be late with telling the caller that nobody answered. */
const GRACE_MS = 30_000;
/** After this many failed streams in a row the call is also asked about without one. */
const POLL_AFTER = 2;

/** Invitations by call UUID, those on their way, and what the gateway has yet to hear. */
export class Invitations {
  readonly #process: Process;
  readonly #calls: Calls;
  readonly #invitations = new Map<string, Invitation>();
  readonly #inviting: Inviting;
  readonly #outbox: Outbox;

  constructor(process: Process, calls: Calls) {
    this.#process = process;
    this.#calls = calls;
    this.#outbox = new Outbox(process, {
      accepted: (uuid, answer, by) => this.#accepted(uuid, answer, by),
      notAccepted: (uuid) => {
        const invitation = this.#invitations.get(uuid);
        if (invitation) invitation.accepted = false;
      },
      acceptRefused: (uuid, gone) => {
        if (gone) this.overByItself(uuid, CXCallEndedReason.RemoteEnded);
        else this.#finish(uuid, CXCallEndedReason.Failed);
      },
      hungUp: (uuid) => calls.hungUp(uuid),
      learn: (uuid, call) => this.learn(uuid, call),
    });
    this.#inviting = new Inviting(process, {
      made: (invited, withdrawn) => this.#made(invited, withdrawn),
      takeBack: (callID, timeout) => {
        this.#outbox.tell({ what: 'cancel', callID, uuid: callUUID(callID), until: process.clock.now() + timeout * 1000 });
      },
    });
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

  /** What a known call is asked about with: the push's capability, or else the user's token. */
  tokenFor(uuid: string): string | null {
    const invitation = this.#invitations.get(uuid);
    const { serverURL, userToken } = this.#process.account;
    return invitation === undefined ? null : (invitation.capability ?? (serverURL === null ? null : userToken));
  }

  /** A push brought an invitation. */
  received(uuid: string, push: Push): void {
    const { callID, caller, user, follow, extendedData, timeout, mode, sentAt } = push;
    if (callID === null || (follow === null && caller === null)) return;
    const now = this.#process.clock.now();
    const expiresAt = push.expiresAt ?? now + timeout * 1000;
    this.#invitations.set(uuid, { ...known(callID, 'invitee', caller ?? '', expiresAt), user, capability: follow?.token });
    if (caller !== null) {
      const me = user ?? this.#process.account.userID;
      const userOf = (userID: string, state: number) => ({ userID, state, extendedData: '' });
      const callUserList = [userOf(caller, numberOf('accepted')), ...(me === null ? [] : [userOf(me, numberOf('received'))])];
      const who = { callID, mode, caller, inviter: caller };
      const body = { ...who, timeout, createTime: sentAt ?? now, extendedData, callUserList };
      this.#process.mailbox.emit('callInvitationReceived', body);
    }
    if (follow !== null) this.#outbox.tell({ what: 'receipt', callID, uuid, capability: follow.token, until: expiresAt });
    this.#follow(uuid);
  }

  /** The app has answered in CallKit: only now does the gateway hear it. */
  answered(uuid: string): void {
    const invitation = this.#invitations.get(uuid);
    if (invitation?.role !== 'invitee' || invitation.accepted) return;
    invitation.accepted = true;
    this.tell(invitation.callID, 'accept');
  }

  /** The app accepts by its verb: it does not ring any more. */
  accepts(uuid: string): void {
    const invitation = this.#invitations.get(uuid);
    if (invitation === undefined) return;
    invitation.accepted = true;
    this.#calls.stopRing(uuid);
  }

  /** The user, or a reset, ended the call. */
  tellEnd(uuid: string, connected: boolean): void {
    const invitation = this.#invitations.get(uuid);
    if (invitation === undefined) return;
    const before = invitation.role === 'caller' ? 'cancel' : 'reject';
    this.tell(invitation.callID, connected || this.isAccepted(uuid) ? 'end' : before);
  }

  /** The gateway is to hear this of a call, which need not be known here. */
  tell(callID: string, verb: Verb, more: Pick<Message, 'extendedData' | 'invitees' | 'promised'> = {}): void {
    const uuid = callUUID(callID);
    const invitation = this.#invitations.get(uuid);
    const until = this.#outbox.usefulUntil(verb, invitation?.expiresAt);
    this.#outbox.tell({ what: verb, callID, uuid, capability: invitation?.capability, until, ...more });
  }

  /** The call is over without the gateway having said so. */
  overByItself(uuid: string, reason: CXCallEndedReason): void {
    const invitation = this.#invitations.get(uuid);
    if (invitation) {
      this.#process.mailbox.emit(...overByItself(this.#view(invitation), invitation.call, reason, this.#process.clock.now()));
    }
    this.#finish(uuid, reason);
  }

  /** Invites: tried again while phones may ring for it. */
  invite(wanted: Wanted): Promise<object> {
    const uuid = callUUID(wanted.callID);
    // A call that is taken back would take its namesake with it.
    if (this.#inviting.has(uuid) || this.#invitations.has(uuid) || this.#outbox.cancels(uuid)) throw callExists();
    return this.#inviting.invite(wanted);
  }

  /** The caller hung up before the gateway answered. */
  withdraw(uuid: string): void {
    this.#inviting.withdraw(uuid);
  }

  /** Stops following a call that the screen does not have; a late push for it does not ring. */
  leave(uuid: string, reason: CXCallEndedReason): void {
    if (this.isInvitee(uuid)) this.#calls.remember(uuid, reason);
    this.close(uuid);
  }

  /** Stops following a call. One that is still on its way to the gateway is over, too. */
  close(uuid: string): void {
    this.withdraw(uuid);
    const invitation = this.#invitations.get(uuid);
    invitation?.stop?.();
    this.#process.clock.cancel(invitation?.again);
    if (this.#invitations.delete(uuid)) this.#calls.stopRing(uuid);
  }

  /** For `diagnose()`: how many calls are known here, how many of them are followed, and how much waits for the gateway. */
  diagnose(): { followed: number; openStreams: number; outbox: number } {
    const invitations = [...this.#invitations.values()];
    return {
      followed: invitations.length,
      openStreams: invitations.filter(({ stop }) => stop !== undefined).length,
      outbox: this.#outbox.size,
    };
  }

  /** The app is configured anew, perhaps for another user than this one. */
  keepCallers(user: string | null): void {
    this.#inviting.keepCallers(user);
  }

  /** There is another gateway or user token: what waited for one goes on. */
  accountChanged(): void {
    this.#inviting.sendAll();
    this.#outbox.sendAll();
    for (const uuid of this.#invitations.keys()) this.#follow(uuid);
  }

  /** The app is in front again: what waits is tried at once, and calls that may have ended meanwhile are asked about. */
  awake(): void {
    this.#inviting.sendAll();
    this.#outbox.sendAll();
    for (const uuid of this.#invitations.keys()) {
      this.#follow(uuid);
      this.#process.later(() => this.#poll(uuid));
    }
  }

  /** Takes in what the gateway says about a call. Older than what is known: nothing new. */
  learn(uuid: string, call: GatewayCall, event?: GatewayEvent): void {
    const invitation = this.#invitations.get(uuid);
    if (invitation === undefined) return;
    const view = this.#view(invitation);
    if (invitation.call === undefined || invitation.call.seq < call.seq) {
      const events = changes(view, invitation.call, call, event, this.#process.clock.now());
      invitation.call = call;
      for (const [type, body] of events) this.#process.mailbox.emit(type, body);
    }
    const reason = endOf(view, invitation.call);
    if (reason !== undefined) this.#finish(uuid, reason);
  }

  // ------------------------------------------------------------ inside

  /** The gateway took an accept: whether it was this phone's. */
  #accepted(uuid: string, { applied, call }: Taken, by: { app: boolean; again: boolean }): boolean {
    const { account } = this.#process;
    const invitation = this.#invitations.get(uuid);
    const expected = known(call.callID, 'invitee', call.caller, call.expiresAt);
    const view = { ...this.#view(invitation ?? expected), role: 'invitee', accepted: by.again } as const;
    // An earlier try may have worked although its answer was lost.
    const counted = applied || isAcceptedHere(view, call);
    if (invitation) invitation.accepted = counted;
    // Accepted without this phone having heard of it by push: followed from now on.
    else if (counted && by.app && account.serverURL !== null && (call.state === 'ringing' || call.state === 'accepted')) {
      this.#invitations.set(uuid, { ...expected, accepted: true, call });
      this.#follow(uuid);
    }
    return counted;
  }

  #made({ call }: Invited, withdrawn: boolean): void {
    const uuid = callUUID(call.callID);
    this.#process.mailbox.emit('callInvitationCreated', created(call));
    const live = this.#calls.live(uuid);
    if (live) live.callID = call.callID;
    if (call.state !== 'ringing' && call.state !== 'accepted') return;
    this.close(uuid);
    this.#calls.ringUntil(uuid, call.expiresAt + GRACE_MS);
    this.#invitations.set(uuid, { ...known(call.callID, 'caller', call.caller, call.expiresAt), call, lastEvent: call.seq });
    this.#follow(uuid);
    if (withdrawn) this.tell(call.callID, 'cancel');
  }

  #follow(uuid: string): void {
    const invitation = this.#invitations.get(uuid);
    if (invitation === undefined || invitation.stop !== undefined) return;
    const { account, clock, gateway, later } = this.#process;
    const token = this.tokenFor(uuid);
    if (token === null) {
      if (account.serverURL !== null) account.asking.need();
      return;
    }
    later(() => {
      if (this.#invitations.get(uuid) !== invitation || invitation.stop !== undefined) return;
      clock.cancel(invitation.again);
      const { status } = gateway.handle('GET', `/v1/calls/${encodeURIComponent(invitation.callID)}/events`, token, null);
      if (status === 200) {
        invitation.failures = 0;
        invitation.stop = gateway.follow(invitation.callID, invitation.lastEvent, (event) => later(() => this.#hears(uuid, event)));
      } else this.#notFollowed(uuid, invitation, status, token);
    });
  }

  /** The stream did not open: the user's token takes the place of a capability that was refused; anything else passes. */
  #notFollowed(uuid: string, invitation: Invitation, status: number, token: string): void {
    const { account, clock } = this.#process;
    account.answered(status, token);
    invitation.failures += 1;
    if (status === 401 || status === 403) {
      const other = invitation.capability !== undefined || status === 401;
      invitation.capability = undefined;
      if (other) this.#follow(uuid);
      return;
    }
    if (status === 404 || status === 410 || invitation.failures >= POLL_AFTER) this.#poll(uuid);
    if (!this.#invitations.has(uuid)) return;
    invitation.again = clock.at(clock.now() + waitWhileRinging(invitation.failures), () => this.#follow(uuid));
  }

  /** Asks the gateway how the call stands. */
  #poll(uuid: string): void {
    const invitation = this.#invitations.get(uuid);
    const token = this.tokenFor(uuid);
    if (invitation === undefined || token === null) return;
    const { account, gateway } = this.#process;
    const { status, body } = gateway.handle('GET', `/v1/calls/${encodeURIComponent(invitation.callID)}`, token, null);
    account.answered(status, token);
    if (status === 200) this.learn(uuid, body as GatewayCall);
    else if (status === 404 || status === 410) this.overByItself(uuid, CXCallEndedReason.RemoteEnded);
  }

  #hears(uuid: string, event: GatewayEvent): void {
    const invitation = this.#invitations.get(uuid);
    if (invitation) invitation.lastEvent = event.seq;
    this.learn(uuid, event.call, event);
  }

  #view(invitation: Invitation): View {
    const { account } = this.#process;
    return { ...invitation, user: invitation.user ?? account.userID, installation: account.installation };
  }

  #finish(uuid: string, reason: CXCallEndedReason): void {
    if (this.#calls.live(uuid)) this.#calls.end(uuid, 'elsewhere', reason);
    else this.leave(uuid, reason);
  }
}

function known(callID: string, role: Invitation['role'], caller: string, expiresAt: number): Invitation {
  const nothing = { capability: undefined, call: undefined, stop: undefined, again: undefined };
  return { callID, role, user: null, caller, expiresAt, accepted: false, lastEvent: 0, failures: 0, ...nothing };
}
