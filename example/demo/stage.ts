/** What every scene plays on: a gateway with an APNs simulator, and two people with a phone each. */
import { createVirtualPhone, type VirtualPhone } from '../../src/simulator';
import type { ZIMPushConfig } from '../../src';
import { App } from './app';
import { Gateway, gatewayBinary } from './gateway';
import { mintUserToken } from './userToken';

/** A resource with a VoIP strategy. */
export const RESOURCE = 'voip';

/** The push config of the documentation, but for the name of the resource. */
export const PUSH_CONFIG: ZIMPushConfig = {
  resourcesID: RESOURCE,
  title: '系统通话标题',
  payload: '业务需要的透传字段',
  content: 'your content',
  // The documentation writes the number.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
  voIPConfig: { iOSVoIPHandleType: 1, iOSVoIPHandleValue: '发送方联系人信息', iOSVoIPHasVideo: true },
};

/** A person, their phone, and the app as it runs on it. */
export class Person {
  #app: App | undefined;

  constructor(
    readonly userID: string,
    readonly phone: VirtualPhone,
    private readonly gateway: Gateway,
  ) {}

  /** The app as it runs now. */
  get app(): App {
    if (!this.#app) throw new Error(`${this.userID}'s app is not running`);
    return this.#app;
  }

  /** Opens the app, and its JavaScript with it. */
  async openApp(): Promise<void> {
    const { gatewayURL, appID, appSecret } = this.gateway.info;
    const getUserToken = () => mintUserToken(this.userID, appID, appSecret);
    this.#app = new App(this.phone.startJS(), { serverURL: gatewayURL, appID, getUserToken });
    await this.#app.start();
  }

  /** The system ends the app. */
  killApp(): void {
    this.phone.killApp();
    this.#app = undefined;
  }
}

export class Stage {
  private constructor(
    readonly gateway: Gateway,
    readonly alice: Person,
    readonly bob: Person,
  ) {}

  static async set(root: string): Promise<Stage> {
    const gateway = await Gateway.start(gatewayBinary(root), ['--resource', RESOURCE]);
    const { bundleID, simulatorURL } = gateway.info;
    const person = (userID: string, signing: 'development' | 'production') =>
      new Person(userID, createVirtualPhone({ bundleID, simulatorURL, signing }), gateway);
    return new Stage(gateway, person('alice', 'development'), person('bob', 'production'));
  }

  async strike(): Promise<void> {
    this.alice.phone.switchOff();
    this.bob.phone.switchOff();
    await this.gateway.stop();
  }
}
