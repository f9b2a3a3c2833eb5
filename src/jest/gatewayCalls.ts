/** What a call is on the gateway and what can be done to it: the first final event wins, late ones change nothing. */

/** Where a call stands. */
export type GatewayCallState = 'ringing' | 'accepted' | 'rejected' | 'cancelled' | 'timedOut' | 'ended';

/** What a user did, in ZIM's order: the place in this list is ZIM's number. */
export const USER_STATES = [
  'inviting',
  'accepted',
  'rejected',
  'cancelled',
  'offline',
  'received',
  'timeout',
  'quit',
  'ended',
  'notYetReceived',
  'beCancelled',
] as const;

/**
 * One of them.
 *
 * @useDeclaredType
 */
export type GatewayUserState = (typeof USER_STATES)[number];

/** One user of a call. */
export interface GatewayParticipant {
  /** The user. */
  readonly userID: string;
  /** What the user did. */
  readonly state: GatewayUserState;
  /** On which device, where that is known. */
  readonly installation?: string;
  /** What the user passed along; empty for nothing. */
  readonly extendedData: string;
}

/** A call as everybody sees it. */
export interface GatewayCall {
  /** The call. */
  readonly callID: string;
  /** A `ZIMCallInvitationMode`: 0 general, 1 advanced. */
  readonly mode: 0 | 1;
  /** Who calls. */
  readonly caller: string;
  /** When it was made, Unix milliseconds. */
  readonly createdAt: number;
  /** Until when it may ring, Unix milliseconds. */
  readonly expiresAt: number;
  /** Ring time in seconds. */
  readonly timeout: number;
  /** What the caller passed along; empty for nothing. */
  readonly extendedData: string;
  /** Where it stands. */
  readonly state: GatewayCallState;
  /** When it was first accepted, Unix milliseconds. */
  readonly acceptedAt?: number;
  /** When it was over, Unix milliseconds. */
  readonly endedAt?: number;
  /** Number of the newest event. */
  readonly seq: number;
  /** Caller first. */
  readonly participants: readonly GatewayParticipant[];
}

/** One event of a call, with the whole call after it. */
export interface GatewayEvent {
  /** Counts up from 1 over the events of a call. */
  readonly seq: number;
  /** When, Unix milliseconds. */
  readonly at: number;
  /** What happened. */
  readonly type: 'created' | 'received' | 'accepted' | 'rejected' | 'cancelled' | 'timedOut' | 'ended';
  /** Whose doing it was; nobody's where time did it. */
  readonly by?: {
    /** The user. */
    readonly userID: string;
  };
  /** What that user passed along; empty for nothing. */
  readonly extendedData: string;
  /** The call after it. */
  readonly call: GatewayCall;
}

/** A call that begins. */
export interface NewCall {
  readonly callID?: string;
  readonly caller: string;
  readonly invitees: readonly string[];
  readonly timeout?: number;
  readonly mode?: 0 | 1;
  readonly extendedData?: string;
}

/** What happens to a call. Users that are not named stay as they are. */
export interface CallChange {
  /** What happened. */
  readonly event: GatewayEvent['type'];
  /** Where the call stands after it; as before if left out. */
  readonly state?: GatewayCallState;
  /** What users did, `bob: 'accepted'`; on another device of theirs: `bob: { state, installation }`. */
  readonly users?: Readonly<
    Record<
      string,
      | GatewayUserState
      | {
          /** What the user did. */
          readonly state: GatewayUserState;
          /** On which device. */
          readonly installation?: string;
        }
    >
  >;
  /** Whose doing it was. */
  readonly by?: string;
  /** What that user passed along. */
  readonly extendedData?: string;
  /** Whether nobody who follows the call hears of it, as when the connection was lost. */
  readonly silently?: boolean;
}

/** A call begins: the caller takes part, the others are invited. */
export function createCall(
  { callID = 'made-by-gateway', caller, invitees, timeout = 90, mode = 0, extendedData = '' }: NewCall,
  now: number,
): GatewayEvent {
  const user = (userID: string, state: GatewayUserState) => ({ userID, state, extendedData: '' });
  const participants = [user(caller, 'accepted'), ...invitees.map((userID) => user(userID, 'inviting'))];
  const expiresAt = now + timeout * 1000;
  const call: GatewayCall = {
    callID,
    mode,
    caller,
    createdAt: now,
    expiresAt,
    timeout,
    extendedData,
    state: 'ringing',
    seq: 1,
    participants,
  };
  return { seq: 1, at: now, type: 'created', by: { userID: caller }, extendedData, call };
}

/** The call after something happened to it. */
export function change(
  call: GatewayCall,
  { event, state = call.state, users = {}, by, extendedData = '' }: CallChange,
  now: number,
): GatewayEvent {
  const participants = call.participants.map((participant) => {
    const did = users[participant.userID];
    if (did === undefined) return participant;
    const passed = participant.userID === by ? { extendedData } : {};
    return { ...participant, ...passed, ...(typeof did === 'string' ? { state: did } : did) };
  });
  const seq = call.seq + 1;
  const accepted = state === 'accepted' && call.acceptedAt === undefined && { acceptedAt: now };
  const ended = state !== 'ringing' && state !== 'accepted' && { endedAt: now };
  const after = { ...call, ...accepted, ...ended, state, seq, participants };
  return { seq, at: now, type: event, ...(by !== undefined && { by: { userID: by } }), extendedData, call: after };
}

/** What a request says beside its verb. */
interface VerbBody {
  readonly extendedData?: string;
  readonly installation?: string;
  readonly invitees?: readonly string[];
}

/** A user does something; undefined if it comes too late. */
export function perform(
  call: GatewayCall,
  verb: 'accept' | 'reject' | 'cancel' | 'end',
  user: string,
  { extendedData = '', installation, invitees = [] }: VerbBody,
  now: number,
): GatewayEvent | undefined {
  const pending = call.participants.filter(({ state }) => isPending(state)).map(({ userID }) => userID);
  const said = { by: user, extendedData };
  const here = installation === undefined ? {} : { installation };
  if (verb === 'end') {
    if (call.state !== 'accepted') return undefined;
    const inIt = call.participants.filter(({ state }) => state === 'accepted').map(({ userID }) => userID);
    return change(call, { ...said, event: 'ended', state: 'ended', users: all(inIt, 'ended') }, now);
  }
  if (verb === 'cancel') {
    if (call.state !== 'ringing') return undefined;
    const from = pending.filter((userID) => invitees.length === 0 || invitees.includes(userID));
    const over = from.length === pending.length;
    const users = { ...all(from, 'beCancelled'), ...(over && { [user]: 'cancelled' as const }) };
    return change(call, { ...said, event: 'cancelled', state: over ? 'cancelled' : call.state, users }, now);
  }
  if (!pending.includes(user) || (call.state !== 'ringing' && call.state !== 'accepted')) return undefined;
  if (verb === 'accept') {
    return change(call, { ...said, event: 'accepted', state: 'accepted', users: { [user]: { state: 'accepted', ...here } } }, now);
  }
  const last = pending.length === 1 && call.state === 'ringing';
  return change(call, { ...said, event: 'rejected', state: last ? 'rejected' : call.state, users: { [user]: 'rejected' } }, now);
}

function all(users: readonly string[], state: GatewayUserState): Record<string, GatewayUserState> {
  return Object.fromEntries(users.map((user) => [user, state]));
}

/** Whether a user has yet to decide. */
export function isPending(state: GatewayUserState): boolean {
  return state === 'inviting' || state === 'received' || state === 'notYetReceived' || state === 'offline';
}
