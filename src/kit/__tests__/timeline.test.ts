/** Both languages name what can happen on a phone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HappeningType } from '../timeline';

/** The compiler keeps this complete. */
const TYPES: Record<HappeningType, true> = {
  launched: true,
  launchFailed: true,
  killed: true,
  foreground: true,
  background: true,
  suspended: true,
  resumed: true,
  backgroundTaskBegan: true,
  backgroundTaskEnded: true,
  backgroundTaskExpired: true,
  network: true,
  jsStarted: true,
  jsStopped: true,
  reinstalled: true,
  unlocked: true,
  simulatorConnected: true,
  simulatorLost: true,
  tokenIssued: true,
  tokenInvalidated: true,
  noToken: true,
  unregistered: true,
  pushArrived: true,
  voipPushDelivered: true,
  pushDropped: true,
  providerConfigured: true,
  providerInvalidated: true,
  providerReset: true,
  incomingReported: true,
  reportRefused: true,
  ringing: true,
  callUpdated: true,
  callStarted: true,
  callConnecting: true,
  callConnected: true,
  callHeld: true,
  callMuted: true,
  callGrouped: true,
  tonesPlayed: true,
  callEnded: true,
  reportIgnored: true,
  actionRequested: true,
  actionFulfilled: true,
  actionFailed: true,
  actionTimedOut: true,
  actionDropped: true,
  lateFulfil: true,
  lateFail: true,
  transactionAccepted: true,
  transactionRefused: true,
  audioPrepared: true,
  audioActivated: true,
  audioDeactivated: true,
  recentTapped: true,
  permissionAsked: true,
  notificationShown: true,
  notificationTapped: true,
  badgeChanged: true,
  backgroundCompleted: true,
  backgroundExpired: true,
  event: true,
  log: true,
};

test('TypeScript knows everything that Rust says can happen, and nothing else', () => {
  const source = readFileSync(join(__dirname, '../../../rust/phone/src/timeline_event.rs'), 'utf8');
  const variants = /pub enum TimelineEvent \{\n([\s\S]*?)\n\}/.exec(source)?.[1] ?? '';
  const names = [...variants.matchAll(/^ {4}([A-Z]\w*)/gm)].map(([, name = '']) => name.charAt(0).toLowerCase() + name.slice(1));
  expect(names.sort()).toEqual(Object.keys(TYPES).sort());
});
