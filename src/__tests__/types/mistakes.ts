/** What must not compile. Compiled by `npm run typecheck`, never run. */
import {
  CallInvitation,
  CallKit,
  ZPNs,
  ZpnsError,
  type CXAnswerCallAction,
  type CXTimedOutAction,
  type ZpnsRegistration,
} from 'react-native-zpns';

/** Each line is a mistake. */
export function mistakes(registration: ZpnsRegistration): void {
  // @ts-expect-error no such event
  ZPNs.getInstance().on('register', () => undefined);
  // @ts-expect-error an event of another class
  CallKit.getInstance().on('registered', () => undefined);
  // @ts-expect-error the listener gets a message, not a text
  ZPNs.getInstance().on('registered', (pushID: string) => pushID);
  // @ts-expect-error permission is no text
  const permission: Promise<string> = ZPNs.getInstance().applyNotificationPermission();
  // @ts-expect-error a token may be missing
  const token: string = registration.tokens.voip;
  // @ts-expect-error 3 is no environment
  void ZPNs.getInstance().registerPush({ iOSEnvironment: 3 });
  // @ts-expect-error the UUID is an action's field, not the listener's argument
  CallKit.getInstance().on('performAnswerCallAction', (uuid: string) => uuid);
  // @ts-expect-error only an action that timed out says its kind
  CallKit.getInstance().on('performAnswerCallAction', (action: CXAnswerCallAction) => action.kind);
  CallKit.getInstance().on('timedOutPerformingAction', (action: CXTimedOutAction) => action.kind);
  // @ts-expect-error a subscription is taken away by remove
  ZPNs.getInstance().addListener('registered', () => undefined)();
  // @ts-expect-error the instance comes first, then the data
  CallInvitation.getInstance().on('callInvitationReceived', ({ callID }) => callID);
  // @ts-expect-error the code is text
  const code: number = new ZpnsError('1', 'message').code;
  void permission;
  token;
  code;
}
