/** What the gateway has yet to hear about calls: told again while it is of use, the verbs of one call one after the other. */
import { ZpnsCode, ZpnsError, ZpnsErrorDomain } from '../errors';
import { notAuthenticated, notConfigured } from './account';
import { waitWhileRinging } from './backoff';
import type { Timer } from './clock';
import type { GatewayAnswer } from './gateway';
import type { GatewayCall } from './gatewayCalls';
import type { Process } from './process';
import { isPassing, isTaken, refusal } from './refusal';

/** What somebody does to a call. */
export type Verb = 'accept' | 'reject' | 'cancel' | 'end';

/** How a verb settles for the app. */
export interface Promised {
  readonly resolve: (answer: object) => void;
  readonly reject: (error: ZpnsError) => void;
}

/** What is to be told. */
export interface Message {
  readonly what: Verb | 'receipt';
  readonly callID: string;
  readonly uuid: string;
  readonly extendedData?: string;
  readonly invitees?: readonly string[];
  /** The push's capability; without it the user's token is taken. */
  readonly capability?: string | undefined;
  /** When it is of no use any more, Unix milliseconds. */
  readonly until: number;
  /** The app that waits for it. */
  readonly promised?: Promised;
}

/** What comes of what was told. */
export interface Listener {
  /** The gateway has an accept: whether it counted, as far as the answer says. */
  accepted(uuid: string, answer: Taken, by: { app: boolean; again: boolean }): boolean;
  /** An accept was not sent after all. */
  notAccepted(uuid: string): void;
  /** The gateway wants no accept of this call; with `gone` it does not know it any more. */
  acceptRefused(uuid: string, gone: boolean): void;
  /** Whether the user has left this call. */
  hungUp(uuid: string): boolean;
  /** The gateway says how the call stands. */
  learn(uuid: string, call: GatewayCall): void;
}

/** The gateway's answer to a verb. */
export interface Taken {
  readonly applied: boolean;
  readonly call: GatewayCall;
}

interface Delivery extends Omit<Message, 'promised'> {
  promised: Promised | undefined;
  /** Whether the gateway refused the capability: the user's token takes its place. */
  refused: boolean;
  tries: number;
  timer: Timer | undefined;
}

/** A decline in the last second still gets a few tries. */
const SHORTEST_MS = 15_000;
/** How long an `end` is of use: the other side sits in a call that nobody is in. */
const END_MS = 3_600_000;

/** Deliveries, oldest first. */
export class Outbox {
  readonly #process: Process;
  readonly #listener: Listener;
  #waiting: Delivery[] = [];

  constructor(process: Process, listener: Listener) {
    this.#process = process;
    this.#listener = listener;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** How long a verb is of use, if its call rings until then. */
  usefulUntil(verb: Verb, ringsUntil = 0): number {
    const now = this.#process.clock.now();
    return verb === 'end' ? now + END_MS : Math.max(ringsUntil, now + SHORTEST_MS);
  }

  /** Tells it, as soon as what is before it was told. */
  tell({ promised, ...message }: Message): void {
    const delivery: Delivery = { ...message, promised, refused: false, tries: 0, timer: undefined };
    this.#waiting.push(delivery);
    // Something new is a good moment to try what is before it, which then decides for both.
    this.#process.later(() => {
      this.#send(delivery.what === 'receipt' ? delivery : this.#verbsOf(delivery.uuid)[0]);
    });
  }

  /** Whether a cancel of this call waits. */
  cancels(uuid: string): boolean {
    return this.#verbsOf(uuid).some(({ what }) => what === 'cancel');
  }

  /** What waits is tried at once. */
  sendAll(): void {
    for (const delivery of [...this.#waiting]) this.#send(delivery);
  }

  #verbsOf(uuid: string): Delivery[] {
    return this.#waiting.filter((delivery) => delivery.uuid === uuid && delivery.what !== 'receipt');
  }

  #send(delivery: Delivery | undefined): void {
    if (delivery === undefined || !this.#waiting.includes(delivery)) return;
    const { what, callID, uuid, capability, extendedData = '', invitees = [], until } = delivery;
    if (what !== 'receipt' && this.#verbsOf(uuid)[0] !== delivery) return;
    const { account, clock, gateway } = this.#process;
    if (until <= clock.now()) {
      this.#drop(delivery, expired());
      return;
    }
    const given = delivery.refused ? undefined : capability;
    const own = what === 'receipt' || account.serverURL === null ? null : account.userToken;
    const token = given ?? own;
    if (token === null) {
      this.#noToken(delivery);
      return;
    }
    clock.cancel(delivery.timer);
    delivery.tries += 1;
    // A capability names its installation itself.
    const verb = { extendedData, invitees, ...(given === undefined && { installation: account.installation }) };
    const path = what === 'receipt' ? '/v1/receipts' : `/v1/calls/${encodeURIComponent(callID)}/${what}`;
    this.#answered(delivery, gateway.handle('POST', path, token, what === 'receipt' ? { callID } : verb), token);
  }

  #answered(delivery: Delivery, answer: GatewayAnswer, token: string): void {
    const { status } = answer;
    this.#process.account.answered(status, token);
    if (isTaken(answer)) this.#taken(delivery, answer);
    else if ((status === 401 || status === 403) && delivery.capability !== undefined && !delivery.refused) {
      delivery.refused = true;
      this.#send(delivery);
    } else if (status === 401) this.#noToken(delivery);
    else if (isPassing(answer)) this.#tryAgain(delivery, answer);
    else {
      this.#drop(delivery, refusal(answer));
      if (delivery.what === 'accept') this.#listener.acceptRefused(delivery.uuid, status === 404 || status === 410);
    }
  }

  /** A verb waits for a token; whoever waits for the verb, or for one behind it, does so only while the app is asked for one. */
  #noToken(delivery: Delivery): void {
    if (delivery.what === 'receipt') {
      this.#drop(delivery, notAuthenticated());
      return;
    }
    const { account, clock } = this.#process;
    if (account.serverURL === null || !account.asking.need()) this.#rejectVerbsOf(delivery.uuid);
    const [first] = this.#verbsOf(delivery.uuid);
    if (first === undefined) return;
    clock.cancel(first.timer);
    first.timer = clock.at(first.until, () => this.#send(first));
  }

  #rejectVerbsOf(uuid: string): void {
    const { account } = this.#process;
    const error = account.serverURL === null ? notConfigured() : notAuthenticated();
    for (const waiting of this.#verbsOf(uuid)) {
      const { promised } = waiting;
      waiting.promised = undefined;
      promised?.reject(error);
      // An app that called without a token tries again itself: nothing has happened yet.
      if (promised === undefined || waiting.capability !== undefined) continue;
      if (waiting.what === 'accept') this.#listener.notAccepted(waiting.uuid);
      this.#remove(waiting);
    }
  }

  /** Whoever waits for this verb, or for one behind it, hears of the trouble at once; the deliveries themselves go on. */
  #tryAgain(delivery: Delivery, answer: GatewayAnswer): void {
    const { clock } = this.#process;
    const at = Math.min(clock.now() + waitWhileRinging(delivery.tries, answer.retryAfter), delivery.until);
    delivery.timer = clock.at(at, () => this.#send(delivery));
    if (delivery.what === 'receipt') return;
    const { code, message, domain } = refusal(answer);
    for (const waiting of this.#verbsOf(delivery.uuid)) {
      waiting.promised?.reject(new ZpnsError(code, `${message}. This library goes on trying while it is of use`, domain));
      waiting.promised = undefined;
    }
  }

  /** What the gateway says about the call counts: somebody may have been faster. */
  #taken(delivery: Delivery, { body }: GatewayAnswer): void {
    const { what, uuid, callID, invitees = [], promised, tries } = delivery;
    const taken = body as Partial<Taken> | undefined;
    if (what === 'receipt' || taken?.call === undefined) {
      this.#drop(delivery, { callID });
      return;
    }
    const { applied = false, call } = taken;
    const answer = { applied, call };
    const late = what === 'accept' && !this.#listener.accepted(uuid, answer, { app: promised !== undefined, again: tries > 1 });
    const left = what === 'cancel' && invitees.length === 0 && call.state === 'accepted' && this.#listener.hungUp(uuid);
    this.#drop(delivery, asZim(what, answer, late));
    // They answered while the user hung up: nobody may sit in a call that the other side has left.
    if (left) this.tell({ what: 'end', callID, uuid, until: this.usefulUntil('end') });
    this.#listener.learn(uuid, call);
  }

  /** Settles its promise, and lets the call's next verb go. */
  #drop(delivery: Delivery, answer: object): void {
    this.#remove(delivery);
    if (answer instanceof ZpnsError) delivery.promised?.reject(answer);
    else delivery.promised?.resolve(answer);
    const [next] = this.#verbsOf(delivery.uuid);
    if (delivery.what !== 'receipt') this.#process.later(() => this.#send(next));
  }

  #remove(delivery: Delivery): void {
    this.#process.clock.cancel(delivery.timer);
    this.#waiting = this.#waiting.filter((other) => other !== delivery);
  }
}

function expired(): ZpnsError {
  return new ZpnsError(ZpnsCode.Expired, 'the gateway could not be told before the call was over: nothing is left to do');
}

/** What the app hears of a verb, in ZIM's shapes. */
function asZim(verb: Verb, { applied, call }: Taken, late: boolean): object {
  const { callID } = call;
  if (late) return new ZpnsError(ZpnsCode.Expired, "the call was over or answered elsewhere before: it can't be accepted any more");
  if (verb === 'cancel' && !applied && call.state === 'accepted') {
    return new ZpnsError('6000271', 'the call was accepted before it could be cancelled: use callEnd', ZpnsErrorDomain.Zim);
  }
  if (verb === 'cancel') return { callID, errorInvitees: [] };
  if (verb !== 'end') return { callID };
  return { callID, createTime: call.createdAt, acceptTime: call.acceptedAt ?? 0, endTime: call.endedAt ?? 0 };
}
