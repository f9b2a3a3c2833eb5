/** The gateway in memory, in a test's hands. What it decides is decided in the kit, by the rules of the gateway that ships. */
import type { World } from '../kit/world';
import type {
  CallChange,
  GatewayAnswer,
  GatewayCall,
  GatewayInstallation,
  GatewayRequest,
  GatewayRequestName,
  Invitation,
  InviteConfig,
  InvitedCall,
  OtherDevice,
  ResourceStrategy,
  VerbConfig,
  VerbResult,
} from '../kit/gateway';

interface Device extends GatewayInstallation {
  readonly installation: string;
}

/** A gateway, as one phone of the test sees it. The phones of a gateway share its users, calls and requests. */
export class Gateway {
  /** Everything that phones asked, in order. */
  readonly requests: GatewayRequest[];
  /** Its base URL, for `ZPNs.configure`. */
  readonly url: string;
  /** The app that it knows, for `ZPNs.configure`. */
  readonly appID: string;
  /** @internal */
  readonly world: World;
  readonly #phone: () => number;

  /** @internal */
  constructor(world: World, requests: GatewayRequest[], phone: () => number) {
    this.world = world;
    this.requests = requests;
    this.#phone = phone;
    const { url, appID } = this.#do('describe') as { url: string; appID: string };
    this.url = url;
    this.appID = appID;
  }

  /** Devices by installation ID. */
  get installations(): ReadonlyMap<string, GatewayInstallation> {
    return new Map((this.#do('devices') as Device[]).map((device) => [device.installation, device]));
  }

  /** A user, who does what users do from an app of their own. */
  user(userID: string): GatewayUser {
    return new GatewayUser(userID, this);
  }

  /**
   * A user token as the app's backend mints it.
   *
   * @param options `appID`: for this app [the gateway's]; `expiresIn`: in so many seconds, negative for one that has expired [3600].
   */
  userToken(user: string, { appID, expiresIn }: { readonly appID?: string; readonly expiresIn?: number } = {}): string {
    const expiry = expiresIn === undefined || expiresIn >= 0 ? { lifetime: expiresIn } : { expired: true };
    return this.#do('userToken', { user, appID, ...expiry }) as string;
  }

  /** Sets up what a `resourcesID` stands for. There are `voip`, `voip-cancel` and `alert` already. */
  resource(id: string, strategy: ResourceStrategy): void {
    this.#do('resource', { id, strategy });
  }

  /** Somebody invites; brings the VoIP push that this phone would get, without delivering it. */
  invite(invitation: Invitation): object {
    return JSON.parse(this.world.call({ op: 'invite', phone: this.#phone(), invitation, holdPush: true })) as object;
  }

  /** The VoIP push that takes an invitation back on this phone, without delivering it. */
  withdraw(invitation: Invitation): object {
    return JSON.parse(this.world.call({ op: 'cancelPush', phone: this.#phone(), invitation })) as object;
  }

  /**
   * Something happens to a call, in the words of its event. `user(…)` says the same in fewer.
   *
   * @throws KitError where the gateway would not have it so.
   */
  change(callID: string, change: CallChange): void {
    this.#do('change', { callID, change });
  }

  /**
   * A call as it stands.
   *
   * @throws KitError where there is none.
   */
  call(callID: string): GatewayCall {
    return this.#do('call', { callID }) as GatewayCall;
  }

  /** The next requests of this kind by this phone are answered so, one after the other, and nothing comes of them. */
  answer(name: GatewayRequestName, ...answers: GatewayAnswer[]): void {
    this.world.call({ op: 'scriptAnswers', phone: this.#phone(), name, answers });
  }

  /**
   * A request that comes from no phone: method and path as in the HTTP API. A stream of events is answered with those that it begins with, as
   * `{id, event, data}`.
   */
  handle(method: string, path: string, token: string, body: unknown, idempotencyKey?: string, lastEventID?: string): GatewayAnswer {
    return this.#do('request', { method, path, token, body, idempotencyKey, lastEventID }) as GatewayAnswer;
  }

  /** @internal */
  act(user: string, method: string, path: string, body: object): unknown {
    return this.#do('act', { user, method, path, body });
  }

  #do(what: string, params: object = {}): unknown {
    return this.world.call({ op: 'gateway', do: what, ...params });
  }
}

/** A user at the far end. What the gateway refuses is thrown as a `KitError` with its words, code and status. */
export class GatewayUser {
  /** Who. */
  readonly userID: string;
  readonly #gateway: Gateway;

  /** @internal */
  constructor(userID: string, gateway: Gateway) {
    this.userID = userID;
    this.#gateway = gateway;
  }

  /** Calls these users. Every registered phone of theirs gets the push. */
  invite(invitees: readonly string[], { pushConfig, ...config }: InviteConfig = {}): InvitedCall {
    const shown = { title: this.userID, voIPConfig: { iOSVoIPHandleType: 1, iOSVoIPHandleValue: this.userID } };
    const push = pushConfig === null ? {} : { pushConfig: { resourcesID: 'voip', ...shown, ...pushConfig } };
    const invited = this.#do('POST', '/v1/calls', { invitees, ...config, ...push });
    const { call, errorUserList } = invited as { call: GatewayCall } & Pick<InvitedCall, 'errorUserList'>;
    return { ...call, errorUserList };
  }

  /** Takes the invitation back: from these users, or from everybody who has not answered. */
  cancel(callID: string, invitees: readonly string[] = [], config: VerbConfig = {}): VerbResult {
    return this.#verb('cancel', callID, { ...config, invitees });
  }

  /** Takes the call. */
  accept(callID: string, config: VerbConfig = {}): VerbResult {
    return this.#verb('accept', callID, config);
  }

  /** Declines. */
  reject(callID: string, config: VerbConfig = {}): VerbResult {
    return this.#verb('reject', callID, config);
  }

  /** Hangs up. */
  end(callID: string, config: VerbConfig = {}): VerbResult {
    return this.#verb('end', callID, config);
  }

  /** Registers a device that is no phone of the test; its installation ID. */
  register({ installation, ...device }: OtherDevice = {}): string {
    const number = this.#gateway.installations.size + 1;
    const id = installation ?? `${this.userID}-${number}`;
    const token = (digit: string) => number.toString(16).padStart(64, digit);
    const made = { bundleID: 'com.example.app', environment: 'production', tokens: { apns: token('a'), voip: token('b') } };
    this.#do('PUT', `/v1/installations/${encodeURIComponent(id)}`, { ...made, ...device });
    return id;
  }

  /** A user token for this user, as the app's backend mints it. */
  token(): string {
    return this.#gateway.userToken(this.userID);
  }

  #verb(verb: string, callID: string, body: object): VerbResult {
    return this.#do('POST', `/v1/calls/${encodeURIComponent(callID)}/${verb}`, body) as VerbResult;
  }

  #do(method: string, path: string, body: object): unknown {
    return this.#gateway.act(this.userID, method, path, body);
  }
}
