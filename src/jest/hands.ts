/** What the user, Apple and the time do to the in-memory phone. */
import { CXPlayDTMFCallActionType, type CXCallEndedReason, type CXHandle } from '../types';
import { parseUUID } from './callUUID';
import type { Invitation } from './gateway';
import { passedThrough, type PushPayload } from './payload';
import { Phone } from './phone';
import type { ActionOutcome } from './screen';

/** A phone in somebody's hands. What the user does resolves with what the app made of it. */
export class Hands extends Phone {
  #messages = 0;
  #rotations = 0;

  // ------------------------------------------------------------ the app's process

  /** The user opens the app. */
  launch(): void {
    this.startProcess();
    this.foreground();
  }

  /** The app's process ends, and JavaScript with it. Nothing of it survives. */
  killApp(): void {
    this.running.mailbox.detach();
    this.process = undefined;
    this.clock.clear();
    this.note('killed', {});
    this.turns.now(() => this.screen.appDied());
  }

  /** The app comes to the foreground. */
  foreground(): void {
    const { running } = this;
    if (running.foreground) return;
    this.note('foreground', {});
    running.foreground = true;
    this.turns.now(() => {
      running.account.asking.hurry();
      running.registration.awake();
      running.calls.invitations.awake();
    });
  }

  /** The app goes to the background. */
  toBackground(): void {
    if (this.running.foreground) this.note('background', {});
    this.running.foreground = false;
  }

  // ------------------------------------------------------------ pushes

  /** A VoIP push arrives, and starts the app if it does not run; its call's UUID. Text need not be JSON. */
  push(payload: PushPayload | string): string {
    if (this.facts.callKitDisabled) {
      this.note('pushDropped', { kind: 'voip', reason: 'notRegistered' });
      return '';
    }
    const process = this.startProcess('push');
    return this.turns.now(() => {
      const [major = 0, minor = 0] = this.options.iosVersion.split('.').map(Number);
      const saysMustReport = major > 26 || (major === 26 && minor >= 4);
      const mustReport = !saysMustReport || (!process.foreground && !this.screen.inCall);
      this.note('voipPushDelivered', { mustReport });
      return process.calls.push(payload, mustReport);
    });
  }

  /** Somebody calls: the gateway has the call, and its push arrives; the call's UUID. */
  invite(invitation: Invitation): string {
    return this.push(this.gateway.invite(invitation) as PushPayload);
  }

  /** A background notification arrives; resolves when the app has finished with it. */
  throughMessage(userInfo: Record<string, unknown>): Promise<void> {
    this.#messages += 1;
    const seq = this.#messages;
    const finished = new Promise<void>((resolve) => {
      this.background.set(seq, () => {
        this.note('backgroundCompleted', { newData: true });
        resolve();
      });
    });
    const message = { title: '', content: '', extras: userInfo, payload: passedThrough(userInfo), pushSourceType: 1, seq };
    this.turns.now(() => this.running.mailbox.emit('throughMessageReceived', message));
    return finished;
  }

  /** Apple gives the app another token. */
  rotateToken(kind: 'apns' | 'voip'): void {
    this.#rotations += 1;
    this.tokens[kind] = this.#rotations.toString(16).padStart(64, 'c');
    this.turns.now(() => {
      this.running.registration.issue(kind);
      this.running.registration.advance();
    });
  }

  /** Apple says that the token is no longer good. */
  invalidateToken(kind: 'apns' | 'voip'): void {
    this.turns.now(() => this.running.registration.invalidate(kind));
  }

  // ------------------------------------------------------------ the call screen

  /** The user answers. Calls that the user is in are held or ended. */
  answer(uuid: string, others: 'hold' | 'end' = 'hold'): Promise<ActionOutcome> {
    return this.turns.now(() => this.screen.answer(known(uuid), others));
  }

  /** The user declines, or hangs up. */
  end(uuid: string): Promise<ActionOutcome> {
    return this.turns.now(() => this.screen.end(known(uuid)));
  }

  /** The user mutes or unmutes. */
  setMuted(uuid: string, muted: boolean): Promise<ActionOutcome> {
    return this.turns.now(() => this.screen.act('setMuted', known(uuid), { muted }));
  }

  /** The user holds or resumes. */
  setHeld(uuid: string, onHold: boolean): Promise<ActionOutcome> {
    return this.turns.now(() => this.screen.act('setHeld', known(uuid), { onHold }));
  }

  /** The user groups the call with another; null takes it out of its group. */
  setGroup(uuid: string, callUUIDToGroupWith: string | null): Promise<ActionOutcome> {
    return this.turns.now(() => this.screen.act('setGroup', known(uuid), { with: callUUIDToGroupWith }));
  }

  /** The user plays tones. */
  playDTMF(uuid: string, digits: string, type = CXPlayDTMFCallActionType.CXPlayDTMFCallActionTypeSingleTone): Promise<ActionOutcome> {
    return this.turns.now(() => this.screen.act('playDTMF', known(uuid), { digits, type }));
  }

  /** The user swaps the active call and the one on hold. */
  swap(): void {
    this.turns.now(() => this.screen.swap());
  }

  /** The user calls the newest past call back: the app is started if needed, and asked for a call. */
  callBack(): void {
    const recent = this.screen.recents.at(-1);
    if (recent === undefined)
      throw new Error('There is nobody to call back: name handle types in supportedHandleTypes, and let a call end.');
    this.startProcess('recents');
    this.note('recentTapped', {});
    this.startCallIntent(recent.handle, recent.video);
  }

  /** The user asks for a call in Recents, by Siri or in Contacts. */
  startCallIntent(handle: CXHandle, video = false): void {
    this.turns.now(() => this.running.mailbox.emit('didReceiveStartCallIntent', { handle, video }));
  }

  /** A Focus silences calls, or not. */
  setDoNotDisturb(on: boolean): void {
    this.screen.rules.doNotDisturb = on;
  }

  /** The user blocks a caller. */
  block(handle: string): void {
    this.screen.rules.blocked.push(handle);
  }

  // ------------------------------------------------------------ the system and the time

  /** The app took too long for this call's actions: the system's deadline passes. */
  timeOut(uuid: string): void {
    this.turns.now(() => this.screen.timeOut(known(uuid)));
  }

  /** The call ends elsewhere: hung up, taken back, answered on another device. With a gateway use `gateway.change`. */
  endElsewhere(uuid: string, reason: CXCallEndedReason): void {
    const { calls } = this.running;
    this.turns.now(() => calls.end(calls.named(uuid).uuid, 'elsewhere', reason));
  }

  /** The system drops all calls. Nothing happens while CallKit is switched off: there is no provider that could be reset. */
  resetProvider(): void {
    if (!this.facts.callKitDisabled) this.turns.now(() => this.screen.reset());
  }

  /** Time passes; what is due happens. */
  advance(milliseconds: number): void {
    this.clock.advance(milliseconds, (work) => this.turns.now(work));
  }
}

function known(uuid: string): string {
  const parsed = parseUUID(uuid);
  if (parsed === undefined) throw new Error('uuid must be a UUID');
  return parsed;
}
