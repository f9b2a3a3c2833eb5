/** What the gateway's view of a call means here, and the events of call invitations in ZIM's shapes. */
import { CXCallEndedReason } from '../types';
import {
  USER_STATES,
  isPending,
  type GatewayCall,
  type GatewayEvent,
  type GatewayParticipant,
  type GatewayUserState,
} from './gatewayCalls';

/** Who looks at a call. */
export interface View {
  readonly callID: string;
  readonly role: 'caller' | 'invitee';
  readonly caller: string;
  readonly user: string | null;
  readonly installation: string;
  /** Whether this phone accepted it. */
  readonly accepted: boolean;
}

/** ZIM's number of a user's state. */
export function numberOf(state: GatewayUserState): number {
  return USER_STATES.indexOf(state);
}

/** Why the call is over for this phone; undefined while it is not. */
export function endOf(view: View, call: GatewayCall): CXCallEndedReason | undefined {
  const { AnsweredElsewhere, DeclinedElsewhere, RemoteEnded, Unanswered } = CXCallEndedReason;
  const over = call.state === 'timedOut' ? Unanswered : RemoteEnded;
  const whole = call.state === 'ringing' || call.state === 'accepted' ? undefined : over;
  const me = view.role === 'invitee' ? meIn(view, call) : undefined;
  switch (me?.state) {
    case 'accepted': {
      const here = me.installation === undefined ? view.accepted : me.installation === view.installation;
      return here ? whole : AnsweredElsewhere;
    }
    case 'rejected':
      return DeclinedElsewhere;
    case 'timeout':
      return Unanswered;
    case 'beCancelled':
    case 'cancelled':
    case 'quit':
    case 'ended':
      return RemoteEnded;
    default:
      return whole;
  }
}

/** Whether this phone's accept counted, as the call says. */
export function isAcceptedHere(view: View, call: GatewayCall): boolean {
  return meIn(view, call)?.state === 'accepted' && endOf(view, call) === undefined;
}

/** What JavaScript has to hear between what was known of a call and what it is now. */
export function changes(
  view: View,
  known: GatewayCall | undefined,
  call: GatewayCall,
  event: GatewayEvent | undefined,
  now: number,
): [type: string, body: object][] {
  const { callID, mode } = call;
  const extendedData = event?.extendedData ?? '';
  const changed = call.participants.filter((participant) => isNews(known, call, participant));
  const events: [string, object][] = [];
  if (changed.length > 0) events.push(['callUserStateChanged', { callID, callUserList: changed.map(asUser) }]);
  if (view.role === 'caller') events.push(...forTheCaller(call, changed));
  else {
    const me = meIn(view, call)?.state;
    const cancelled = call.state === 'cancelled' || me === 'beCancelled';
    if (cancelled && !view.accepted) events.push(['callInvitationCancelled', { callID, mode, inviter: view.caller, extendedData }]);
    else if (call.state === 'timedOut' || me === 'timeout') events.push(['callInvitationTimeout', { callID, mode }]);
  }
  if (call.state === 'ended') {
    const by = { operatedUserID: event?.by?.userID ?? '', extendedData, endTime: call.endedAt ?? now };
    events.push(['callInvitationEnded', { callID, mode, caller: call.caller, ...by }]);
  }
  return events;
}

/** Body of `callInvitationCreated`. */
export function created({ callID, mode, caller, extendedData, timeout, createdAt, participants }: GatewayCall): object {
  const callUserList = participants.map(({ userID, state, extendedData }) => ({ userID, state: numberOf(state), extendedData }));
  return { callID, mode, caller, extendedData, timeout, createTime: createdAt, callUserList };
}

/** What JavaScript hears when a call is over without the gateway having said so. */
export function overByItself(
  { callID, role, caller, accepted }: View,
  call: GatewayCall | undefined,
  reason: CXCallEndedReason,
  now: number,
): [type: string, body: object] {
  const mode = call?.mode ?? 0;
  if (reason === CXCallEndedReason.Unanswered) {
    const rung = call?.participants.filter(({ state }) => isPending(state)).map(({ userID }) => userID) ?? [];
    return role === 'caller' ? ['callInviteesAnsweredTimeout', { callID, invitees: rung }] : ['callInvitationTimeout', { callID, mode }];
  }
  if (role === 'invitee' && !accepted) return ['callInvitationCancelled', { callID, mode, inviter: caller, extendedData: '' }];
  return ['callInvitationEnded', { callID, mode, caller, operatedUserID: '', extendedData: '', endTime: now }];
}

/** Answer of `queryCallInvitation`. */
export function info({ callID, caller, createdAt, endedAt, state, mode, extendedData, participants }: GatewayCall): object {
  const over = state !== 'ringing' && state !== 'accepted';
  const times = { createTime: createdAt, endTime: endedAt ?? 0 };
  return { callID, caller, inviter: caller, ...times, state: over ? 2 : 1, mode, extendedData, callUserList: participants.map(asUser) };
}

function forTheCaller({ callID, caller }: GatewayCall, changed: readonly GatewayParticipant[]): [string, object][] {
  const others = changed.filter(({ userID }) => userID !== caller);
  const answers = { accepted: 'callInvitationAccepted', rejected: 'callInvitationRejected' } as const;
  const events = others.flatMap(({ userID: invitee, state, extendedData }): [string, object][] =>
    state === 'accepted' || state === 'rejected' ? [[answers[state], { callID, invitee, extendedData }]] : [],
  );
  const late = others.filter(({ state }) => state === 'timeout').map(({ userID }) => userID);
  return late.length === 0 ? events : [...events, ['callInviteesAnsweredTimeout', { callID, invitees: late }]];
}

/** Where nothing was known, that the caller takes part and the others are being rung is no news. */
function isNews(known: GatewayCall | undefined, call: GatewayCall, { userID, state }: GatewayParticipant): boolean {
  const before = known?.participants.find((participant) => participant.userID === userID);
  if (before) return before.state !== state;
  return userID === call.caller ? state !== 'accepted' : !isPending(state) || state === 'offline';
}

function meIn({ user, role }: View, call: GatewayCall): GatewayParticipant | undefined {
  if (user !== null) return call.participants.find(({ userID }) => userID === user);
  return role === 'invitee' && call.participants.length === 2 ? call.participants[1] : undefined;
}

function asUser({ userID, state, extendedData }: GatewayParticipant): object {
  return { userID, state: numberOf(state), extendedData };
}
