/** What the in-memory phone answers to each method. */
import { ZpnsCode, ZpnsError } from '../errors';
import type { Method } from '../methods';
import type { CXCallEndedReason, CXCallUpdate, CXHandle, CXProviderConfiguration } from '../types';
import { VERSION } from '../version';
import type { Brought, Configuration } from './account';
import { callUUID } from './callUUID';
import type { Calls } from './calls';
import { diagnose } from './diagnosis';
import type { GatewayAnswer } from './gateway';
import { checkBadge, invalid } from './limits';
import type { Process } from './process';
import { isTaken, refusalOfDevice } from './refusal';
import type { Registration } from './registration';
import { Verbs, type InviteConfig } from './verbs';

/** Answers one method, at once or later; throws a `ZpnsError` to refuse. Parameters come from this package's own classes. */
export type Answer = (params: never) => unknown;

/** What the table answers from. */
export interface Answering {
  readonly process: Process;
  readonly calls: Calls;
  readonly registration: Registration;
  readonly permission: boolean;
  readonly builtWithoutCallKit: boolean;
  /** A background notification is finished. */
  readonly finished: (seq: number) => void;
}

interface Named {
  readonly uuid: string;
}

interface OfCall {
  readonly callID: string;
  readonly invitees?: string[];
  readonly config?: { readonly extendedData?: string } | null;
}

/** For methods without an answer. */
function done<Params>(act: (params: Params) => unknown): (params: Params) => object {
  return (params) => {
    act(params);
    return {};
  };
}

/** The table of answers. */
export function answers(answering: Answering): Record<Method, Answer> {
  const { process, calls } = answering;
  const table = {
    ...push(answering),
    setCallKitEnabled: switchCallKit(answering),
    ...callKit(process, calls),
    ...invitation(process, calls),
  };
  const entries = Object.entries(table) as [Method, Answer][];
  return Object.fromEntries(
    entries.map(([method, answer]) => [method, FOR_GATEWAY.has(method) ? hurried(process, answer) : answer]),
  ) as typeof table;
}

/** Of no use without the gateway, where there is one. */
const FOR_GATEWAY: ReadonlySet<Method> = new Set<Method>([
  'registerPush',
  'unregisterPush',
  'setServerBadge',
  'callInvite',
  'callAccept',
  'callReject',
  'callCancel',
  'callEnd',
  'queryCallInvitation',
]);

/** What the app wants now does not wait for the next question for a user token. */
function hurried({ account }: Process, answer: Answer): Answer {
  return (params) => {
    account.asking.hurry();
    return answer(params);
  };
}

function push({ process, calls, registration, permission, finished }: Answering) {
  const { account } = process;
  const nothing: Answer = () => ({});
  const callsGoOn = (): void => {
    calls.invitations.accountChanged();
    process.userRequests.sendWaiting();
  };
  account.asking.onLost = () => {
    process.later(() => {
      registration.advance();
      callsGoOn();
    });
  };
  const accountChanged = (): void => {
    process.later(() => {
      registration.accountChanged();
      callsGoOn();
    });
  };
  return {
    configure: done((params: Configuration) => {
      calls.invitations.keepCallers(account.userID);
      account.configure(params);
      accountChanged();
    }),
    setUserToken: done((brought: Brought) => {
      account.setUserToken(brought);
      accountChanged();
    }),
    getVersion: () => VERSION,
    enableDebug: done(({ isDebug }: { isDebug: unknown }) => {
      if (typeof isDebug !== 'boolean') throw invalid('isDebug must be true or false');
      registration.enableDebug(isDebug);
    }),
    setPushConfig: nothing,
    applyNotificationPermission: () => permission,
    registerPush: done((params: Parameters<Registration['register']>[0] | null) => {
      if (params === null) throw invalid('the parameters must be a JSON object');
      registration.register(params);
    }),
    unregisterPush: () => registration.unregister(),
    addLocalNotification: nothing,
    setServerBadge: ({ badge }: { badge: number }) => {
      checkBadge(badge);
      const path = `/v1/installations/${account.installation}/badge`;
      return new Promise((resolve, rejected) => {
        const answered = (answer: GatewayAnswer) => (isTaken(answer) ? resolve({}) : rejected(refusalOfDevice(answer)));
        process.userRequests.send({ method: 'PUT', path, body: { badge }, answered, rejected });
      });
    },
    setLocalBadge: done(({ badge }: { badge: number }) => checkBadge(badge)),
    completeThroughMessage: done(({ seq }: { seq: number }) => finished(seq)),
    getRegistration: () => registration.get(),
    diagnose: () => diagnose(process, registration, calls),
  };
}

function switchCallKit({ process, calls, registration, builtWithoutCallKit }: Answering): Answer {
  return done(({ enabled }: { enabled: boolean }) => {
    if (enabled && builtWithoutCallKit) throw new ZpnsError(ZpnsCode.CallKitDisabled, 'this build has CallKit switched off for good');
    if (enabled !== process.facts.callKitDisabled) return;
    process.facts.callKitDisabled = !enabled;
    if (enabled) process.screen.configure({}, calls);
    else process.screen.reset();
    process.later(() => registration.callKitSwitched());
  });
}

function callKit(process: Process, calls: Calls) {
  /** For what needs CallKit. */
  const on = <Params>(act: (params: Params) => unknown): ((params: Params) => unknown) => {
    return (params) => {
      if (process.facts.callKitDisabled) throw new ZpnsError(ZpnsCode.CallKitDisabled, 'CallKit is switched off in this build');
      return act(params);
    };
  };
  return {
    setInitConfiguration: on(done((configuration: CXProviderConfiguration) => calls.configure(configuration))),
    reportIncomingCall: on(async ({ uuid, update }: Named & { update: CXCallUpdate }) => {
      await calls.reportByApp(uuid, update);
      return {};
    }),
    reportOutgoingCall: on(done(({ uuid }: Named) => calls.reportOutgoing(uuid, true))),
    reportOutgoingCallStarted: on(done(({ uuid }: Named) => calls.reportOutgoing(uuid, false))),
    reportCallUpdate: on(done(({ uuid, update }: Named & { update: CXCallUpdate }) => calls.reportUpdate(uuid, update))),
    reportCallEnded: on(done(({ uuid, reason }: Named & { reason: CXCallEndedReason }) => calls.reportEnded(uuid, reason))),
    completeAction: on(done(({ seq, outcome }: { seq: string; outcome: 'fulfill' | 'fail' }) => calls.complete(seq, outcome))),
    startCall: on(({ uuid, handle, video }: Partial<Named> & { handle: CXHandle; video: boolean }) => ({
      uuid: calls.start(uuid, handle, video),
    })),
    answerCall: on(done(({ uuid }: Named) => calls.request('answer', uuid))),
    endCall: on(done(({ uuid }: Named) => calls.request('end', uuid))),
    setMuted: on(done(({ uuid, muted }: Named & { muted: boolean }) => calls.request('setMuted', uuid, { muted }))),
    setHeld: on(done(({ uuid, onHold }: Named & { onHold: boolean }) => calls.request('setHeld', uuid, { onHold }))),
    setGroup: on(
      done(({ uuid, callUUIDToGroupWith }: Named & { callUUIDToGroupWith: string | null }) => {
        calls.named(uuid);
        if (callUUIDToGroupWith !== null) calls.named(callUUIDToGroupWith);
        calls.request('setGroup', uuid, { with: callUUIDToGroupWith });
      }),
    ),
    playDTMF: on(
      done(({ uuid, digits, type }: Named & { digits: string; type: number }) => {
        calls.named(uuid);
        if (digits === '') throw new ZpnsError(ZpnsCode.InvalidArgument, 'digits may not be empty: give 0 to 9, * or #');
        calls.request('playDTMF', uuid, { digits, type });
      }),
    ),
    getCalls: () => calls.all(),
    callUUID: ({ callID }: { callID: string }) => callUUID(callID),
  };
}

function invitation(process: Process, calls: Calls) {
  const verbs = new Verbs(process, calls);
  return {
    callInvite: (params: { invitees: string[]; config?: InviteConfig | null; callID?: string }) => verbs.invite(params),
    callCancel: (params: OfCall) => verbs.act('cancel', params),
    callAccept: (params: OfCall) => verbs.act('accept', params),
    callReject: (params: OfCall) => verbs.act('reject', params),
    callEnd: (params: OfCall) => verbs.act('end', params),
    queryCallInvitation: ({ callID }: { callID: string }) => verbs.query(callID),
  };
}
