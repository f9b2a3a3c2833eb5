/**
 * The gateway, in memory: users and their calls, what the phone asked, and what it answers.
 *
 * It knows no pushes and no devices. A test says what happens on it (`invite`, `change`), how it misbehaves (`answer`), and reads `requests`.
 */
import type { ZpnsEnvironment } from '../types';
import { change, createCall, perform, type CallChange, type GatewayCall, type GatewayEvent, type NewCall } from './gatewayCalls';

/** What a phone can ask of the gateway. */
export type GatewayRequestName =
  'register' | 'unregister' | 'badge' | 'receipt' | 'invite' | 'accept' | 'reject' | 'cancel' | 'end' | 'query' | 'follow';

/** One request that came. */
export interface GatewayRequest {
  /** What was asked. */
  readonly name: GatewayRequestName;
  /** The call it is about; null for what is about none. */
  readonly callID: string | null;
  /** The user whose token it carried, or `follow` for the capability that a push brings. */
  readonly by: string;
  /** The token itself. */
  readonly token: string;
  /** The JSON body, null without one. */
  readonly body: unknown;
}

/** One answer. */
export interface GatewayAnswer {
  /** HTTP status; 0 for a connection that breaks. */
  readonly status: number;
  /** The JSON body. */
  readonly body?: unknown;
  /** `Retry-After`, seconds. */
  readonly retryAfter?: number;
}

/** A device as it registered. */
export interface GatewayInstallation {
  /** Whose device it is: `sub` of the user token that it registered with. */
  readonly user: string;
  /** The app's bundle ID. */
  readonly bundleID: string;
  /** The APNs environment that the tokens belong to. */
  readonly environment: ZpnsEnvironment;
  /** Its push tokens, in lower-case hex. */
  readonly tokens: {
    /** For alerts. */
    readonly apns?: string;
    /** For calls. */
    readonly voip?: string;
  };
}

/** @inline */
type Follower = (event: GatewayEvent) => void;

const FOLLOW = 'follow-';
const PUSH_ID = 'zp_0123456789abcdefghijkl';

/** A gateway. Its clock is the phone's. */
export class Gateway {
  /** Everything that was asked, in order. */
  readonly requests: GatewayRequest[] = [];
  /** Devices by installation ID. */
  readonly installations = new Map<string, GatewayInstallation>();
  readonly #now: () => number;
  readonly #url: () => string;
  readonly #turn: (work: () => void) => void;
  readonly #calls = new Map<string, GatewayCall>();
  readonly #events = new Map<string, GatewayEvent[]>();
  readonly #followers = new Map<string, Set<Follower>>();
  readonly #answers = new Map<GatewayRequestName, GatewayAnswer[]>();
  /** What was answered to invitations, by idempotency key. */
  readonly #invited = new Map<string, GatewayAnswer>();

  /** `turn` wraps what happens here, so that followers hear of it when it is done. */
  constructor(
    now: () => number,
    url: () => string = () => 'https://gateway.example.com',
    turn: (work: () => void) => void = (work) => work(),
  ) {
    this.#now = now;
    this.#url = url;
    this.#turn = turn;
  }

  /** Its base URL, for `ZPNs.configure`. */
  get url(): string {
    return this.#url();
  }

  /** Somebody invites; brings the VoIP push that the gateway would send to `user`. */
  invite(invitation: Invitation): object {
    const { callID, caller = 'alice', user = 'bob', others = [], timeout = 45, extendedData = '' } = invitation;
    if (!this.#calls.has(callID)) this.#create({ callID, caller, invitees: [user, ...others], timeout, extendedData });
    return this.#push(invitation, 'invite');
  }

  /** The VoIP push that takes an invitation back. */
  withdraw(invitation: Invitation): object {
    return this.#push(invitation, 'cancel');
  }

  /** Something happens to a call: who follows it hears of it. */
  change(callID: string, what: CallChange): void {
    this.#turn(() => this.#tell(change(this.call(callID), what, this.#now()), what.silently));
  }

  /** A call as it stands. */
  call(callID: string): GatewayCall {
    const call = this.#calls.get(callID);
    if (call === undefined) throw new Error(`The gateway has no call ${callID}: invite first.`);
    return call;
  }

  /** The next requests of this kind are answered so, one after the other, and nothing comes of them. */
  answer(name: GatewayRequestName, ...answers: GatewayAnswer[]): void {
    this.#answers.set(name, [...(this.#answers.get(name) ?? []), ...answers]);
  }

  /** A request comes: method and path as in the HTTP API. An invitation with a key that is known is answered as before. */
  handle(method: string, path: string, token: string, body: unknown, idempotencyKey?: string): GatewayAnswer {
    const { name, id } = route(method, path);
    const by = token.startsWith(FOLLOW) ? 'follow' : userOf(token);
    const callID = path.startsWith('/v1/calls/') ? id : ((body as { callID?: string } | null)?.callID ?? null);
    this.requests.push({ name, callID, by, token, body });
    const scripted = this.#answers.get(name)?.shift();
    if (scripted !== undefined && scripted.status !== 200) return scripted;
    const answer = this.#invited.get(idempotencyKey ?? '') ?? this.#do(name, id, token, body);
    if (name === 'invite' && idempotencyKey !== undefined) this.#invited.set(idempotencyKey, answer);
    return { ...answer, ...scripted };
  }

  /** Events of a call from now on, and those after number `after` first. */
  follow(callID: string, after: number, follower: Follower): () => void {
    for (const event of this.#events.get(callID) ?? []) if (event.seq > after) follower(event);
    const followers = this.#followers.get(callID) ?? new Set();
    this.#followers.set(callID, followers.add(follower));
    return () => void followers.delete(follower);
  }

  #do(name: GatewayRequestName, id: string | null, token: string, body: unknown): GatewayAnswer {
    const user = token.startsWith(FOLLOW) ? token.slice(FOLLOW.length) : userOf(token);
    switch (name) {
      case 'register':
        this.installations.set(id ?? '', { ...(body as Omit<GatewayInstallation, 'user'>), user });
        return { status: 200, body: { pushID: PUSH_ID } };
      case 'unregister':
        this.installations.delete(id ?? '');
        return { status: 204 };
      case 'badge':
      case 'receipt':
        return { status: 204 };
      case 'invite':
        return { status: 201, body: { call: this.#create({ caller: user, ...(body as Omit<NewCall, 'caller'>) }), errorUserList: [] } };
      case 'query':
      case 'follow':
        return this.#known(id, (call) => ({ status: 200, body: call }));
      default:
        return this.#known(id, (call) => {
          const event = perform(call, name, user, body as object, this.#now());
          if (event !== undefined) this.#tell(event);
          return { status: 200, body: { applied: event !== undefined, call: this.call(call.callID) } };
        });
    }
  }

  #known(callID: string | null, answer: (call: GatewayCall) => GatewayAnswer): GatewayAnswer {
    const call = this.#calls.get(callID ?? '');
    return call ? answer(call) : { status: 404, body: { error: { code: 'no_such_call', message: 'there is no such call' } } };
  }

  #create(made: NewCall): GatewayCall {
    const event = createCall(made, this.#now());
    this.#tell(event);
    return event.call;
  }

  #tell(event: GatewayEvent, silently = false): void {
    const { callID } = event.call;
    this.#calls.set(callID, event.call);
    if (silently) return;
    this.#events.set(callID, [...(this.#events.get(callID) ?? []), event]);
    for (const follower of [...(this.#followers.get(callID) ?? [])]) follower(event);
  }

  #push({ callID, caller = 'alice', user = 'bob', timeout = 45, video = false, extendedData = '' }: Invitation, kind: string): object {
    const now = this.#now();
    return {
      aps: { alert: { title: caller, body: 'Incoming call' } },
      zego: { version: 1, voip_has_video: video, voip_handle_type: 1, voip_handle_value: caller },
      call_id: callID,
      payload: 'for the app',
      zpns: {
        v: 1,
        kind,
        sentAt: now,
        expiresAt: now + timeout * 1000,
        timeout,
        mode: 0,
        caller,
        user,
        extendedData,
        followURL: `${this.url}/v1/calls/${encodeURIComponent(callID)}`,
        followToken: `${FOLLOW}${user}`,
      },
    };
  }
}

/** An invitation from the caller's side. */
export interface Invitation {
  /** The call. */
  readonly callID: string;
  /** Who calls [`alice`]. */
  readonly caller?: string;
  /** Who is called on this phone [`bob`]. */
  readonly user?: string;
  /** Who else is called [nobody]. */
  readonly others?: readonly string[];
  /** Ring time in seconds [45]. */
  readonly timeout?: number;
  /** Whether with video [false]. */
  readonly video?: boolean;
  /** Passed along [empty]. */
  readonly extendedData?: string;
}

/** `sub` of a JSON Web Token, or nobody. */
export function userOf(token: string): string {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { sub?: unknown };
    return typeof claims.sub === 'string' ? claims.sub : '';
  } catch {
    return '';
  }
}

function route(method: string, path: string): { name: GatewayRequestName; id: string | null } {
  const [, part, id = '', last = ''] = /^\/v1\/(\w+)\/?([^/]*)\/?(\w*)$/.exec(path) ?? [];
  const name = `${method} ${part ?? ''}${id === '' ? '' : '/id'}${last === '' ? '' : `/${last}`}`;
  const names: Record<string, GatewayRequestName> = {
    'PUT installations/id': 'register',
    'DELETE installations/id': 'unregister',
    'PUT installations/id/badge': 'badge',
    'POST receipts': 'receipt',
    'POST calls': 'invite',
    'POST calls/id/accept': 'accept',
    'POST calls/id/reject': 'reject',
    'POST calls/id/cancel': 'cancel',
    'POST calls/id/end': 'end',
    'GET calls/id': 'query',
    'GET calls/id/events': 'follow',
  };
  const known = names[name];
  if (known === undefined) throw new Error(`The gateway has no ${method} ${path}.`);
  return { name: known, id: id === '' ? null : decodeURIComponent(id) };
}
