/** What the in-memory phone answers to each method. */
import { ZpnsCode, ZpnsError } from '../errors';
import type { Method } from '../methods';
import type { CXHandle, ZpnsEnvironment, ZpnsRegistration } from '../types';
import { VERSION } from '../version';
import { callUUID } from './callUUID';
import type { Calls } from './calls';
import type { Mailbox } from './mailbox';

/** Answers one method; throws a `ZpnsError` to refuse. */
// Parameters come from this package's own classes, which the compiler has checked.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Answer = (params: any) => unknown;

/** What the phone is told about itself. */
export interface Facts {
  /** The app's bundle ID. */
  readonly bundleID: string;
  /** Whether the user lets the app notify. */
  readonly permission: boolean;
  /** The environment without a setting. */
  readonly environment: ZpnsEnvironment;
}

/** Called when a background notification is finished. */
export type Finished = (seq: number) => void;

/** The table of answers. */
export function answers(facts: Facts, mailbox: Mailbox, calls: Calls, finished: Finished): Record<Method, Answer> {
  let environment = facts.environment;
  let registered: ZpnsRegistration | undefined;
  const done = (act: (params: never) => unknown): Answer => {
    return (params) => {
      act(params as never);
      return {};
    };
  };
  const nothing: Answer = () => ({});
  const noGateway: Answer = () => {
    throw new ZpnsError(ZpnsCode.NotConfigured, 'The in-memory phone has no gateway: say by respond(method, answer) what it would answer.');
  };
  const registration = (tokens: ZpnsRegistration['tokens'], state: ZpnsRegistration['state'], pushID: string | null): ZpnsRegistration => ({
    pushID,
    state,
    bundleID: facts.bundleID,
    environment,
    environmentSource: 'default',
    warning: null,
    tokens,
    serverURL: null,
    installationID: null,
  });

  return {
    configure: nothing,
    setUserToken: nothing,
    getVersion: () => VERSION,
    enableDebug: done(({ isDebug }: { isDebug: boolean }) => {
      environment = isDebug ? 'development' : 'production';
    }),
    setPushConfig: nothing,
    applyNotificationPermission: () => facts.permission,
    registerPush: done(({ enableIOSVoIP = false }: { enableIOSVoIP?: boolean }) => {
      const tokens = { apns: 'a0'.repeat(32), voip: enableIOSVoIP ? 'b1'.repeat(32) : null };
      registered = registration(tokens, 'registered', localPushID(facts.bundleID, environment, tokens));
      const { pushID, environmentSource } = registered;
      mailbox.emit('registered', { pushID, errorCode: 0, msg: '', environment, environmentSource });
    }),
    unregisterPush: done(() => {
      registered = undefined;
    }),
    addLocalNotification: nothing,
    setServerBadge: noGateway,
    setLocalBadge: nothing,
    completeThroughMessage: done(({ seq }: { seq: number }) => {
      finished(seq);
    }),
    getRegistration: () => registered ?? registration({ apns: null, voip: null }, 'idle', null),
    diagnose: () => ({ version: VERSION, inMemory: true }),
    setInitConfiguration: nothing,
    reportIncomingCall: done(({ uuid }: { uuid: string }) => {
      calls.report(uuid);
    }),
    reportOutgoingCall: done(({ uuid }: { uuid: string }) => {
      calls.update(uuid, { state: 'connected' });
    }),
    reportOutgoingCallStarted: done(({ uuid }: { uuid: string }) => calls.call(uuid)),
    reportCallUpdate: done(({ uuid }: { uuid: string }) => calls.call(uuid)),
    reportCallEnded: done(({ uuid }: { uuid: string }) => {
      calls.ended(uuid);
    }),
    completeAction: done(({ seq, outcome }: { seq: string; outcome: 'fulfill' | 'fail' }) => {
      calls.complete(seq, outcome);
    }),
    startCall: ({ handle, video, uuid }: { handle: CXHandle; video: boolean; uuid?: string }) => ({
      uuid: calls.start(uuid, handle, video),
    }),
    answerCall: done(({ uuid }: { uuid: string }) => calls.answer(uuid, 'app')),
    endCall: done(({ uuid }: { uuid: string }) => calls.ended(uuid)),
    setMuted: done(({ uuid, muted }: { uuid: string; muted: boolean }) => calls.update(uuid, { muted })),
    setHeld: done(({ uuid, onHold }: { uuid: string; onHold: boolean }) => calls.update(uuid, { onHold })),
    playDTMF: done(({ uuid }: { uuid: string }) => calls.call(uuid)),
    getCalls: () => calls.all(),
    callUUID: ({ callID }: { callID: string }) => callUUID(callID),
    callInvite: noGateway,
    callCancel: noGateway,
    callAccept: noGateway,
    callReject: noGateway,
    callEnd: noGateway,
    queryCallInvitation: noGateway,
  };
}

/** A pushID for phones without a gateway: it holds what one needs to push. */
function localPushID(bundleID: string, env: ZpnsEnvironment, tokens: ZpnsRegistration['tokens']): string {
  const { apns, voip } = tokens;
  return `zpl_${Buffer.from(JSON.stringify({ bundleID, env, ...(apns !== null && { apns }), ...(voip !== null && { voip }) })).toString('base64url')}`;
}
