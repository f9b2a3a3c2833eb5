/**
 * The app on a phone: what its developer writes, and nothing about the simulation. It does what the documentation of VoIP notification shows and
 * keeps what it heard.
 */
import type { CXCallAction, ZIMPushConfig, ZPNsRegisterMessage } from '../../src';
import type { PackageExports } from './package';

/** One thing that JavaScript heard: the event and its last argument. */
export interface Heard {
  readonly event: string;
  readonly data: unknown;
}

/** How the app reaches its gateway. */
export interface AppSettings {
  readonly serverURL: string;
  readonly appID: string;
  readonly getUserToken: () => string;
}

export class App {
  /** Everything heard, oldest first. */
  readonly heard: Heard[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(
    private readonly zpns: PackageExports,
    private readonly settings: AppSettings,
  ) {}

  /** The steps of the documentation, in its order. */
  async start(): Promise<void> {
    const { default: ZPNs } = this.zpns;
    const { serverURL, appID, getUserToken } = this.settings;
    this.listen();
    await ZPNs.configure({ serverURL, appID, getUserToken });
    await ZPNs.getInstance().applyNotificationPermission();
  }

  /** `debug` as the developer believes the build to be. */
  async register(debug: boolean): Promise<ZPNsRegisterMessage> {
    const { default: ZPNs } = this.zpns;
    const before = this.heard.length;
    await ZPNs.enableDebug(debug);
    await ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
    return (await this.hears('registered', () => true, before)) as ZPNsRegisterMessage;
  }

  async invite(userID: string, pushConfig: ZIMPushConfig, timeout = 60): Promise<string> {
    const { callID } = await this.zpns.CallInvitation.getInstance().callInvite([userID], { timeout, pushConfig });
    return callID;
  }

  async cancel(callID: string): Promise<void> {
    await this.zpns.CallInvitation.getInstance().callCancel([], callID);
  }

  /** The UUID by which CallKit knows the call. */
  callUUID(callID: string): Promise<string> {
    return this.zpns.CallKit.getInstance().callUUID(callID);
  }

  /** Shows the outgoing call in the system. */
  async showOutgoing(userID: string, uuid: string): Promise<void> {
    await this.zpns.CallKit.getInstance().startCall({ type: this.zpns.CXHandleType.Generic, value: userID }, { video: true, uuid });
  }

  /** The first `event` that `matches`, also among what was heard before (`from` counts in `heard`). */
  async hears(event: string, matches: (data: never) => boolean = () => true, from = 0, timeoutMs = 10_000): Promise<unknown> {
    const find = () => this.heard.slice(from).find((heard) => heard.event === event && matches(heard.data as never));
    const giveUp = Date.now() + timeoutMs;
    for (;;) {
      const found = find();
      if (found) return found.data;
      const left = giveUp - Date.now();
      if (left <= 0) throw new Error(`${event} was not heard within ${timeoutMs} ms; heard: ${this.heard.map((h) => h.event).join(', ')}`);
      await this.#somethingNew(left);
    }
  }

  private listen(): void {
    const { default: ZPNs, CallKit, CallInvitation } = this.zpns;
    ZPNs.getInstance().on('registered', (message) => this.keep('registered', message));

    const callKit = CallKit.getInstance();
    callKit.on('didReceiveIncomingPush', (payload, uuid) => this.keep('didReceiveIncomingPush', { payload, uuid }));
    callKit.on('performStartCallAction', (action) => {
      this.keepAction('performStartCallAction', action);
      void action.fulfill();
      void callKit.reportOutgoingCallStarted(action.callUUID);
    });
    callKit.on('performAnswerCallAction', (action) => {
      this.keepAction('performAnswerCallAction', action);
      // A real app joins the media here and fulfils once it is connected.
      void action.fulfill();
    });
    callKit.on('performEndCallAction', (action) => {
      this.keepAction('performEndCallAction', action);
      void action.fulfill();
    });
    callKit.on('didEndCall', (call) => this.keep('didEndCall', call));

    const invitation = CallInvitation.getInstance();
    invitation.on('callInvitationReceived', (_, data) => this.keep('callInvitationReceived', data));
    invitation.on('callInvitationAccepted', (_, data) => {
      this.keep('callInvitationAccepted', data);
      void this.callUUID(data.callID).then((uuid) => callKit.reportOutgoingCall(uuid));
    });
    invitation.on('callInvitationRejected', (_, data) => this.keep('callInvitationRejected', data));
    invitation.on('callInvitationCancelled', (_, data) => this.keep('callInvitationCancelled', data));
    invitation.on('callInvitationTimeout', (_, data) => this.keep('callInvitationTimeout', data));
    invitation.on('callInviteesAnsweredTimeout', (_, data) => this.keep('callInviteesAnsweredTimeout', data));
    invitation.on('callInvitationEnded', (_, data) => this.keep('callInvitationEnded', data));
  }

  private keepAction(event: string, action: CXCallAction): void {
    this.keep(event, { uuid: action.callUUID });
  }

  private keep(event: string, data: unknown): void {
    this.heard.push({ event, data });
    for (const wake of [...this.#waiting]) wake();
  }

  #somethingNew(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.#waiting.add(wake);
    });
  }
}
