/** What every scene plays on: a gateway with an APNs simulator, and two people with a phone each. */
import type { ZIMPushConfig } from '../../src';
import { ZpnsMock, type HappeningType, type TimelineEntry, type ZpnsMockOptions } from '../../src/jest';
import { Outside } from '../../src/kit/outside';
import { SimulatorConnection } from '../../src/kit/simulatorConnection';
import { realTime, World } from '../../src/kit/world';
import { App } from './app';
import { Gateway, gatewayBinary } from './gateway';
import { loadPackage } from './package';

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

/** How long something that has to happen may take. */
const PATIENCE_MS = 5_000;

/** A person, their phone, and the app as it runs on it. */
export class Person {
  readonly userID: string;
  /** The user's and the system's side of the phone. */
  readonly phone: ZpnsMock;
  readonly #gateway: Gateway;
  readonly #apns: SimulatorConnection;
  #app: App | undefined;

  constructor(userID: string, gateway: Gateway, world: World, signing: ZpnsMockOptions['signing']) {
    const { bundleID, simulatorURL } = gateway.info;
    this.userID = userID;
    this.#gateway = gateway;
    // Its push tokens come from the simulator.
    this.phone = new ZpnsMock({ bundleID, ...(signing && { signing }), appleReachable: false }, world);
    this.#apns = new SimulatorConnection(world, this.phone.number, simulatorURL);
    void this.#apns.run();
  }

  /** The app as it runs now. */
  get app(): App {
    if (!this.#app) throw new Error(`${this.userID}'s app is not running`);
    return this.#app;
  }

  /** Opens the app, and its JavaScript with it. */
  async openApp(): Promise<void> {
    const { gatewayURL, appID } = this.#gateway.info;
    this.phone.launch();
    const getUserToken = () => this.#gateway.userToken(this.userID);
    this.#app = new App(loadPackage(this.phone), { serverURL: gatewayURL, appID, getUserToken });
    await this.#app.start();
  }

  /** The system ends the app. */
  killApp(): void {
    this.phone.killApp();
    this.#app = undefined;
  }

  /** The first entry of the phone's timeline that `matches`, also among what happened before (`from` counts in the timeline). */
  async waitFor<Type extends HappeningType>(
    type: Type,
    matches: (entry: TimelineEntry<Type>) => boolean = () => true,
    from = 0,
  ): Promise<TimelineEntry<Type>> {
    const isIt = (entry: TimelineEntry): boolean => entry.type === type && matches(entry as TimelineEntry<Type>);
    for (const giveUp = Date.now() + PATIENCE_MS; Date.now() < giveUp; await new Promise((resolve) => setTimeout(resolve, 2))) {
      const found = this.phone.timeline.slice(from).find(isIt);
      if (found) return found as TimelineEntry<Type>;
    }
    throw new Error(`${type} did not happen on ${this.userID}'s phone within ${PATIENCE_MS} ms`);
  }

  /** What happened on the phone, for who reads a failure. */
  story(): string {
    const lines = this.phone.timeline.map(({ at, type, ...fields }) => `  ${new Date(at).toISOString()} ${type} ${JSON.stringify(fields)}`);
    return [`\n${this.userID}'s phone:`, ...lines].join('\n');
  }

  /** Switches the phone off. */
  async leave(): Promise<void> {
    this.phone.dispose();
    await this.#apns.end();
  }
}

export class Stage {
  private constructor(
    readonly gateway: Gateway,
    readonly alice: Person,
    readonly bob: Person,
    private readonly outside: Outside,
  ) {}

  static async set(root: string): Promise<Stage> {
    const gateway = await Gateway.start(gatewayBinary(root), ['--resource', RESOURCE]);
    const world = new World(Date.now(), realTime);
    const outside = new Outside(world);
    world.goOutside((phone, message) => outside.carry(phone, message));
    const alice = new Person('alice', gateway, world, 'development');
    const bob = new Person('bob', gateway, world, 'production');
    return new Stage(gateway, alice, bob, outside);
  }

  async strike(): Promise<void> {
    await this.alice.leave();
    await this.bob.leave();
    this.outside.stop();
    await this.gateway.stop();
  }
}
