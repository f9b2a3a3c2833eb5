/** `CallInvitation`: what the app does to calls of the gateway, and how the call screen follows. */
import { randomUUID } from 'node:crypto';
import { CXCallEndedReason, type ZIMPushConfig } from '../types';
import { notConfigured } from './account';
import { callUUID } from './callUUID';
import type { Calls } from './calls';
import type { GatewayAnswer } from './gateway';
import type { GatewayCall } from './gatewayCalls';
import { checkCallID, checkExtendedData, checkMode, checkResourcesID, checkTimeout, checkUsers, invalid } from './limits';
import type { Verb } from './outbox';
import type { Process } from './process';
import { isTaken, refusal } from './refusal';
import { info } from './zim';

/** `config` of `callInvite`. */
export interface InviteConfig {
  readonly timeout?: number;
  readonly mode?: 0 | 1;
  readonly extendedData?: string;
  readonly pushConfig?: ZIMPushConfig;
}

/** The app's verbs. */
export class Verbs {
  readonly #process: Process;
  readonly #calls: Calls;

  constructor(process: Process, calls: Calls) {
    this.#process = process;
    this.#calls = calls;
  }

  /** `callInvite`. */
  async invite(body: { invitees: string[]; config?: InviteConfig | null; callID?: string }): Promise<object> {
    // Named here rather than by the gateway, so that it can be taken back although no answer ever said its name.
    const { invitees, callID = randomUUID() } = body;
    if (invitees.length === 0) throw invalid('invitees may not be empty: name 1 to 9 users');
    checkUsers(invitees);
    const { timeout = 90, mode = 0, extendedData = '', pushConfig } = body.config ?? {};
    checkTimeout(timeout);
    checkMode(mode);
    checkExtendedData(extendedData);
    checkResourcesID(pushConfig?.resourcesID ?? '');
    checkCallID(callID);
    const { installation } = this.#process.account;
    return this.#calls.invitations.invite({ callID, invitees, timeout, mode, extendedData, pushConfig, installation });
  }

  /** `callAccept`, `callReject`, `callCancel`, `callEnd`. */
  async act(verb: Verb, params: { callID: string; invitees?: string[]; config?: { extendedData?: string } | null }): Promise<object> {
    const { callID, invitees = [] } = params;
    const { extendedData = '' } = params.config ?? {};
    checkCallID(callID);
    checkUsers(invitees);
    checkExtendedData(extendedData);
    const { invitations } = this.#calls;
    const uuid = callUUID(callID);
    if (invitations.tokenFor(uuid) === null && this.#process.account.serverURL === null) throw notConfigured();
    if (verb === 'accept') invitations.accepts(uuid);
    return new Promise((resolve, reject) => {
      invitations.tell(callID, verb, { extendedData, invitees, promised: { resolve, reject } });
      this.#follows(uuid, verb, invitees.length === 0);
    });
  }

  /** `queryCallInvitation`. */
  async query(callID: string): Promise<object> {
    checkCallID(callID);
    const path = `/v1/calls/${encodeURIComponent(callID)}`;
    const { account, gateway, later, userRequests } = this.#process;
    const { invitations } = this.#calls;
    const uuid = callUUID(callID);
    return new Promise((resolve, rejected) => {
      const answered = (answer: GatewayAnswer): void => {
        if (isTaken(answer)) {
          resolve(info(answer.body as GatewayCall));
          invitations.learn(uuid, answer.body as GatewayCall);
        } else rejected(refusal(answer));
      };
      const byUser = (): void => userRequests.send({ method: 'GET', path, body: null, answered, rejected });
      const token = invitations.tokenFor(uuid);
      if (token === null) byUser();
      else {
        later(() => {
          const answer = gateway.handle('GET', path, token, null);
          account.answered(answer.status, token);
          if (answer.status === 401) byUser();
          else answered(answer);
        });
      }
    });
  }

  /** The call screen follows what the app did. */
  #follows(uuid: string, verb: Verb, everyone: boolean): void {
    const { invitations } = this.#calls;
    const live = this.#calls.live(uuid);
    // An answered call goes on when it is cancelled: the gateway only stops what still rings.
    const ends = verb === 'reject' || verb === 'end' || (verb === 'cancel' && everyone && !invitations.isAccepted(uuid));
    if (live !== undefined) {
      if (verb === 'accept' && !live.outgoing && live.state === 'ringing') this.#calls.request('answer', uuid);
      if (!ends) return;
      invitations.close(uuid);
      this.#calls.request('end', uuid);
    } else if (verb === 'reject') invitations.leave(uuid, CXCallEndedReason.DeclinedElsewhere);
    else if (verb === 'end' || (verb === 'cancel' && everyone)) invitations.withdraw(uuid);
  }
}
