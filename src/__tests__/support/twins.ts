/** The in-memory phone and the virtual iPhone over the real core as one kind of thing, each on a clock of its own that stands still. */
import { createZpnsMock } from '../../jest';
import type { Spec } from '../../NativeZpns';
import { provideNative } from '../../native';
import { createVirtualPhone } from '../../simulator';

/** What both can be made to do. What the user can't do throws. */
export interface Twin {
  readonly native: Spec;
  push(text: string): unknown;
  answer(uuid: string, others: 'hold' | 'end'): unknown;
  end(uuid: string): unknown;
  setMuted(uuid: string, muted: boolean): unknown;
  setHeld(uuid: string, onHold: boolean): unknown;
  setGroup(uuid: string, withUUID: string | null): unknown;
  playDTMF(uuid: string, digits: string): unknown;
  timeOut(uuid: string): unknown;
  resetProvider(): unknown;
  rotateToken(kind: 'apns' | 'voip'): unknown;
  invalidateToken(kind: 'apns' | 'voip'): unknown;
  setDoNotDisturb(on: boolean): unknown;
  foreground(): unknown;
  toBackground(): unknown;
  advance(milliseconds: number): unknown;
  settle(): Promise<void>;
  dispose(): void;
}

/** What both are. */
export interface TwinOptions {
  readonly now: number;
  readonly iosVersion: string;
}

/** The in-memory phone. */
export function memoryTwin({ now, iosVersion }: TwinOptions): Twin {
  const phone = createZpnsMock({ bundleID: 'com.example.calls', appName: 'Calls', iosVersion, now });
  return {
    native: phone.native,
    push: (text) => phone.push(text),
    answer: (uuid, others) => phone.answer(uuid, others),
    end: (uuid) => phone.end(uuid),
    setMuted: (uuid, muted) => phone.setMuted(uuid, muted),
    setHeld: (uuid, onHold) => phone.setHeld(uuid, onHold),
    setGroup: (uuid, withUUID) => phone.setGroup(uuid, withUUID),
    playDTMF: (uuid, digits) => phone.playDTMF(uuid, digits),
    timeOut: (uuid) => phone.timeOut(uuid),
    resetProvider: () => phone.resetProvider(),
    rotateToken: (kind) => phone.rotateToken(kind),
    invalidateToken: (kind) => phone.invalidateToken(kind),
    setDoNotDisturb: (on) => phone.setDoNotDisturb(on),
    foreground: () => phone.foreground(),
    toBackground: () => phone.toBackground(),
    advance: (milliseconds) => phone.advance(milliseconds),
    settle: () => new Promise((resolve) => setTimeout(resolve, 0)),
    dispose: () => provideNative(undefined),
  };
}

/** The virtual iPhone. Its own limit of the ring is beyond what the in-memory phone knows. */
export function coreTwin({ now, iosVersion }: TwinOptions): Twin {
  const phone = createVirtualPhone({ iosVersion, signing: 'production', voipAtLaunch: true, manualClock: now, ringLimitMs: 1_000_000_000 });
  phone.launch();
  return {
    native: phone.attachJS(),
    push: (text) => phone.deliverPush('voip', text),
    answer: (uuid, others) => phone.answer(uuid, others),
    end: (uuid) => phone.end(uuid),
    setMuted: (uuid, muted) => phone.setMuted(uuid, muted),
    setHeld: (uuid, onHold) => phone.setHeld(uuid, onHold),
    setGroup: (uuid, withUUID) => phone.setGroup(uuid, withUUID),
    playDTMF: (uuid, digits) => phone.playDTMF(uuid, digits),
    timeOut: (uuid) => phone.timeOutActions(uuid),
    resetProvider: () => phone.resetProvider(),
    rotateToken: (kind) => phone.rotateToken(kind),
    invalidateToken: (kind) => phone.invalidateToken(kind),
    setDoNotDisturb: (on) => phone.setDoNotDisturb(on),
    foreground: () => phone.foreground(),
    toBackground: () => phone.background(),
    advance: (milliseconds) => phone.advance(milliseconds),
    settle: () => phone.settle(),
    dispose: () => phone.switchOff(),
  };
}
