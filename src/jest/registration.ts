/** Push tokens and what the gateway knows of them. */
import { ZpnsCode, ZpnsError } from '../errors';
import type { ZpnsEnvironment, ZpnsRegistration } from '../types';
import { waitForEver } from './backoff';
import type { Timer } from './clock';
import { fingerprint } from './fingerprint';
import type { GatewayAnswer } from './gateway';
import type { Process } from './process';
import { refusalOfDevice } from './refusal';
import { Removal } from './removal';

/** The tokens of the phone, in hex. */
export interface Tokens {
  apns: string;
  voip: string;
}

/** Registration in one process. */
export class Registration {
  readonly #process: Process;
  /** How the app is signed. */
  readonly #signed: ZpnsEnvironment;
  readonly #tokens: () => Tokens;
  readonly #known: { apns: string | null; voip: string | null } = { apns: null, voip: null };
  #wanted: { voip: boolean } | undefined;
  #explicit: ZpnsEnvironment | undefined;
  #debug: boolean | undefined;
  #announce = false;
  #confirmed: { facts: string; pushID: string } | undefined;
  #failures = 0;
  /** Runs while the next try has to wait. */
  #pause: Timer | undefined;
  readonly #removal: Removal;
  #lastError: string | null = null;

  constructor(process: Process, signed: ZpnsEnvironment, tokens: () => Tokens) {
    this.#process = process;
    this.#signed = signed;
    this.#tokens = tokens;
    this.#removal = new Removal(process);
  }

  /** `enableDebug`. */
  enableDebug(isDebug: boolean): void {
    if (this.#debug !== isDebug) this.#startOver();
    this.#debug = isDebug;
    this.advance();
  }

  /** `registerPush`. */
  register({ enableIOSVoIP = false, iOSEnvironment = -1 }: { enableIOSVoIP?: boolean; iOSEnvironment?: number }): void {
    if (![0, 1, 2, -1].includes(iOSEnvironment)) throw new ZpnsError(ZpnsCode.InvalidArgument, 'iOSEnvironment is none of 0, 1, 2');
    this.#explicit = iOSEnvironment === 0 ? 'production' : iOSEnvironment === 1 ? 'development' : undefined;
    this.#wanted = { voip: enableIOSVoIP };
    this.#announce = true;
    this.#removal.cancel();
    this.#startOver();
    this.issue('apns');
    this.issue('voip');
    this.#process.later(() => {
      this.advance();
    });
  }

  /** `unregisterPush`. */
  async unregister(): Promise<object> {
    const known = this.#confirmed !== undefined && this.#process.account.serverURL !== null;
    this.#wanted = undefined;
    this.#confirmed = undefined;
    this.#announce = false;
    this.#known.apns = this.#known.voip = null;
    this.#startOver();
    if (!known) return {};
    const told = this.#removal.want();
    this.#process.later(() => {
      this.advance();
    });
    return told;
  }

  /** There is another gateway or user token. */
  accountChanged(): void {
    this.#startOver();
    this.#removal.hurry();
    this.advance();
  }

  /** The app is in front again: what waits is tried at once. */
  awake(): void {
    this.#hurry();
    this.#removal.hurry();
    this.advance();
  }

  /** Apple gives this token, if the app wants it. */
  issue(kind: 'apns' | 'voip'): void {
    if (this.#wanted === undefined || (kind === 'voip' && (!this.#wanted.voip || this.#process.facts.callKitDisabled))) return;
    this.#known[kind] = this.#tokens()[kind];
    this.#process.note('tokenIssued', { kind, environment: this.#signed });
  }

  /** CallKit was switched on or off: without it there are no VoIP pushes. */
  callKitSwitched(): void {
    this.#known.voip = null;
    this.issue('voip');
    this.advance();
  }

  /** Apple takes it back. */
  invalidate(kind: 'apns' | 'voip'): void {
    this.#known[kind] = null;
    this.#process.note('tokenInvalidated', { kind });
    this.#process.mailbox.emit('tokenInvalidated', { kind });
    this.advance();
  }

  /** `getRegistration`. */
  get(): ZpnsRegistration {
    const { environment, environmentSource, warning } = this.#environment();
    return {
      pushID: this.#confirmed?.pushID ?? null,
      state: this.#state(),
      bundleID: this.#process.facts.bundleID,
      environment,
      environmentSource,
      warning: warning ?? null,
      tokens: { ...this.#known },
      serverURL: this.#process.account.serverURL,
      installationID: this.#process.account.installation,
    };
  }

  /** For `diagnose()`: tokens as fingerprints. */
  diagnose(): object {
    const { environment, environmentSource, warning } = this.#environment();
    const token = (text: string | null): object | null => (text === null ? null : { fingerprint: fingerprint(text) });
    return {
      state: this.#state(),
      environment,
      environmentSource,
      evidence: this.#signed === 'development' ? 'developmentProfile' : 'noProfile',
      warning: warning ?? null,
      tokens: { apns: token(this.#known.apns), voip: token(this.#known.voip) },
      failures: this.#failures,
      nextTryAt: this.#pause?.at ?? null,
      lastError: this.#lastError,
    };
  }

  /** Does the next thing that can be done now. */
  advance(): void {
    if (this.#removal.isWanted) {
      this.#removal.advance();
      return;
    }
    const { facts, account, gateway } = this.#process;
    const tokens = {
      ...(this.#known.apns !== null && { apns: this.#known.apns }),
      ...(this.#wanted?.voip === true && this.#known.voip !== null && { voip: this.#known.voip }),
    };
    if (this.#wanted === undefined || Object.keys(tokens).length === 0) return;
    const { environment } = this.#environment();
    const body = { bundleID: facts.bundleID, environment, tokens };
    const all = JSON.stringify([account.serverURL, account.userID, body]);
    if (this.#confirmed?.facts === all) {
      this.#registered(this.#confirmed.pushID);
      return;
    }
    if (account.serverURL === null) {
      this.#confirm(all, localPushID(body), true);
      return;
    }
    if (this.#pause !== undefined) return;
    if (account.userToken === null) {
      if (!account.asking.need()) this.#failed(ZpnsCode.NotAuthenticated, 'the gateway wants a user token: give one by ZPNs.configure');
      return;
    }
    const token = account.userToken;
    const answer = gateway.handle('PUT', this.#path(), token, body);
    account.answered(answer.status, token);
    if (answer.status === 200) {
      const { pushID } = answer.body as { pushID: string };
      this.#confirm(all, pushID, this.#confirmed?.pushID !== pushID);
    } else if (answer.status !== 401) this.#refused(answer);
    else if (!account.asking.need()) {
      this.#failed(ZpnsCode.NotAuthenticated, 'the gateway refused the user token: give a fresh one by ZPNs.configure');
    }
  }

  #confirm(facts: string, pushID: string, renewed: boolean): void {
    this.#confirmed = { facts, pushID };
    this.#startOver();
    this.#lastError = null;
    this.#announce ||= renewed;
    this.#registered(pushID);
  }

  #registered(pushID: string): void {
    if (this.#announce) this.#process.mailbox.emit('registered', { pushID, errorCode: 0, msg: '', ...this.#environment() });
    this.#announce = false;
  }

  /** The gateway may have taken it all the same, so what it had confirmed before may not hold any more. */
  #refused(answer: GatewayAnswer): void {
    const { clock } = this.#process;
    if (this.#confirmed !== undefined) this.#confirmed.facts = '';
    this.#failures += 1;
    this.#pause = clock.at(clock.now() + waitForEver(this.#failures, answer.retryAfter), () => {
      this.#pause = undefined;
      this.advance();
    });
    const { code, message } = refusalOfDevice(answer);
    this.#failed(Number(code), message);
  }

  #failed(errorCode: number, msg: string): void {
    this.#lastError = msg;
    if (this.#announce) this.#process.mailbox.emit('registered', { pushID: '', errorCode, msg, ...this.#environment() });
    this.#announce = false;
  }

  /** It worked, or the facts are new: no wait. */
  #startOver(): void {
    this.#failures = 0;
    this.#hurry();
  }

  /** A good moment: the next try does not wait. */
  #hurry(): void {
    this.#process.clock.cancel(this.#pause);
    this.#pause = undefined;
  }

  #state(): ZpnsRegistration['state'] {
    if (this.#removal.isWanted) return 'unregistering';
    if (this.#wanted === undefined) return 'idle';
    return this.#confirmed === undefined ? 'registering' : 'registered';
  }

  #environment(): Pick<ZpnsRegistration, 'environment' | 'environmentSource'> & { warning?: string } {
    const debug = this.#debug === undefined ? undefined : this.#debug ? ('development' as const) : ('production' as const);
    const environment = this.#explicit ?? debug ?? this.#signed;
    const evident = this.#signed === 'development' ? 'provisioningProfile' : 'default';
    const said = this.#explicit !== undefined ? 'registerPush' : 'enableDebug';
    const environmentSource = (this.#explicit ?? debug) ? said : evident;
    if (environment === this.#signed) return { environment, environmentSource };
    const call = said === 'registerPush' ? 'registerPush({iOSEnvironment})' : `enableDebug(${String(this.#debug)})`;
    const warning = `registered for ${environment}, as ${call} says, but the app is signed for ${this.#signed}: APNs will answer BadDeviceToken`;
    return { environment, environmentSource, warning };
  }

  #path(): string {
    return `/v1/installations/${this.#process.account.installation}`;
  }
}

/** A pushID for phones without a gateway: it holds what one needs to push. */
function localPushID({ bundleID, environment: env, tokens }: { bundleID: string; environment: ZpnsEnvironment; tokens: object }): string {
  return `zpl_${Buffer.from(JSON.stringify({ bundleID, env, ...tokens })).toString('base64url')}`;
}
