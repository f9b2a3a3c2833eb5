/** What must not compile. Compiled by `npm run typecheck`, never run. */
import { CallKit, ZPNs, type ZpnsRegistration } from 'react-native-zpns';

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
  void permission;
  token;
}
