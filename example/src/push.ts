/** Push, in the order of the documentation: permission, environment, registration, pushID. */
import ZPNs from 'react-native-zpns';

/** The gateway and who this user is to it. `zpns dev` prints all three. */
export interface Account {
  serverURL: string;
  appID: string;
  userToken: string;
}

/** Registers this phone; `onPushID` hears of every new pushID. */
export async function registerPush(account: Account, onPushID: (pushID: string) => void): Promise<void> {
  ZPNs.getInstance().on('registered', (message) => {
    if (message.errorCode === 0) onPushID(message.pushID);
    console.log(`[ZPNs] registered. error: ${message.errorCode} ${message.msg} ${message.warning ?? ''}`);
  });
  await ZPNs.configure(account);
  await ZPNs.getInstance().applyNotificationPermission();
  // The environment is found out from how the app is signed; ZPNs.enableDebug(true) would say that it is development.
  await ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
}
