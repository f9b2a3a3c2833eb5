/**
 * An app written against ZEGO's declarations, with only the package names changed. It is compiled by `npm run typecheck`, never run: what it does
 * with types is what ZEGO's own let it do.
 */
import CallKit, {
  CXCallEndedReason,
  CXHandleType,
  CXPlayDTMFCallActionType,
  type CallKitEventHandler,
  type CXAction,
  type CXAnswerCallAction,
  type CXCallAction,
  type CXCallUpdate,
  type CXEndCallAction,
  type CXHandle,
  type CXPlayDTMFCallAction,
  type CXProviderConfiguration,
  type CXSetGroupCallAction,
  type CXSetHeldCallAction,
  type CXSetMutedCallAction,
  type CXStartCallAction,
} from 'react-native-zpns/callkit';
import ZPNs, {
  CallInvitation,
  ZIMCallInvitationMode,
  ZPNs as NamedZPNs,
  ZPNsIOSEnvironment,
  ZPNsPushSourceType,
  ZIMCXHandleType,
  type ZIMPushConfig,
  type ZIMVoIPConfig,
  type ZPNsConfig,
  type ZPNsEventHandler,
  type ZPNsIOSNotificationArrivedConfig,
  type ZPNsLocalMessage,
  type ZPNsMessage,
  type ZPNsNotificationChannel,
  type ZPNsRegisterMessage,
} from 'react-native-zpns';

// Push, with every field and method there is.
const config: ZPNsConfig = {
  appType: 1,
  enableHWPush: true,
  enableMiPush: true,
  enableVivoPush: false,
  enableOppoPush: false,
  enableFCMPush: false,
  enableHwBadge: false,
  miAppID: 'id',
  miAppKey: 'key',
  oppoAppID: 'id',
  oppoAppSecret: 'secret',
  oppoAppKey: 'key',
  vivoAppID: 'id',
  vivoAppKey: 'key',
  hwAppID: 'id',
};
const channel: ZPNsNotificationChannel = { channelID: 'id', channelName: 'name', androidSound: 'sound' };
const local: ZPNsLocalMessage = { title: 't', content: 'c', payload: 'p', channelID: 'id', iOSSound: 's.caf', androidSound: 's' };
const arrived: ZPNsIOSNotificationArrivedConfig = { isPresentBadge: true, isPresentSound: true, isPresentAlert: false };

/** Set-up of the app. */
export async function setUpPush(onPushID: (pushID: string) => void): Promise<void> {
  const zpns: ZPNs = ZPNs.getInstance();
  const version: string = await ZPNs.getVersion();
  await ZPNs.enableDebug(true);
  await ZPNs.setPushConfig(config);
  ZPNs.setBackgroundMessageHandler((message: ZPNsMessage) => {
    console.log(message.title, message.extras.anything.goes, version);
  });
  zpns.on('registered', (message: ZPNsRegisterMessage) => {
    if (message.errorCode === 0) onPushID(message.pushID);
    else console.warn(message.msg);
  });
  const onMessage: ZPNsEventHandler['notificationArrived'] = (message) => {
    const source: ZPNsPushSourceType = message.pushSourceType;
    if (source === ZPNsPushSourceType.APNs) console.log(message.content, message.payload);
  };
  zpns.on('notificationArrived', onMessage);
  zpns.on('notificationClicked', onMessage);
  // What the listener returns does not matter.
  const seen: string[] = [];
  zpns.on('throughMessageReceived', (message) => seen.push(message.title));
  zpns.off('registered');
  await zpns.registerPush({
    enableIOSVoIP: true,
    iOSEnvironment: ZPNsIOSEnvironment.Development,
    iOSNotificationArrivedConfig: arrived,
  });
  zpns.createNotificationChannel(channel);
  void zpns.addLocalNotification(local);
  void zpns.setServerBadge(1);
  void zpns.setLocalBadge(0);
  await NamedZPNs.getInstance().unregisterPush();
}

/** ZEGO declares `Promise<void>`. */
export function askForPermission(): Promise<void> {
  return ZPNs.getInstance().applyNotificationPermission();
}

// Calls.
const provider: CXProviderConfiguration = {
  localizedName: 'Example',
  supportsVideo: true,
  maximumCallsPerCallGroup: 1,
  maximumCallGroups: 2,
  supportedHandleTypes: [CXHandleType.Generic, CXHandleType.PhoneNumber, CXHandleType.EmailAddress],
  iconTemplateImageName: 'icon',
};
const handle: CXHandle = { type: CXHandleType.Generic, value: 'Li hua' };
const update: CXCallUpdate = {
  remoteHandle: handle,
  localizedCallerName: 'Li hua',
  supportsHolding: true,
  supportsGrouping: false,
  supportsUngrouping: false,
  supportsDTMF: true,
  hasVideo: false,
};

/** The call screen. */
export async function setUpCalls(): Promise<void> {
  void CallKit.setInitConfiguration(provider);
  const callKit: CallKit = CallKit.getInstance();
  const handlers: Partial<CallKitEventHandler> = {
    didReceiveIncomingPush: (extras: Record<string, any>, uuid: string) => {
      console.log(extras.payload, uuid);
    },
    providerDidReset: () => undefined,
  };
  if (handlers.didReceiveIncomingPush) callKit.on('didReceiveIncomingPush', handlers.didReceiveIncomingPush);
  callKit.on('performStartCallAction', (action: CXStartCallAction) => {
    console.log(action.handle.value, action.contactIdentifier, action.video);
    void action.fulfill();
  });
  callKit.on('performAnswerCallAction', (action: CXAnswerCallAction) => settle(action));
  callKit.on('performEndCallAction', (action: CXEndCallAction) => settle(action));
  callKit.on('performSetHeldCallAction', (action: CXSetHeldCallAction) => action.onHold && settle(action));
  callKit.on('performSetMutedCallAction', (action: CXSetMutedCallAction) => action.muted && settle(action));
  callKit.on('performSetGroupCallAction', (action: CXSetGroupCallAction) => settle(action));
  callKit.on('performPlayDTMFCallAction', (action: CXPlayDTMFCallAction) => {
    if (action.type === CXPlayDTMFCallActionType.CXPlayDTMFCallActionTypeSingleTone) console.log(action.digits);
  });
  callKit.on('timedOutPerformingAction', (action: CXAction) => void action.fail());
  for (const type of ['providerDidBegin', 'didActivateAudioSession', 'didDeactivateAudioSession'] as const) {
    callKit.on(type, () => undefined);
  }
  callKit.off('didActivateAudioSession');
  const uuid = '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10';
  await callKit.reportIncomingCall(update, uuid);
  await callKit.reportOutgoingCall(uuid);
  await callKit.reportCallUpdate(update, uuid);
  await callKit.reportCallEnded(CXCallEndedReason.AnsweredElsewhere, uuid);
}

function settle(action: CXCallAction): void {
  if (action.callUUID === '') void action.fail();
  else void action.fulfill();
}

// What ZIM's declarations want of a push.
const voIPConfig: ZIMVoIPConfig = { iOSVoIPHandleType: ZIMCXHandleType.PhoneNumber, iOSVoIPHandleValue: '10086', iOSVoIPHasVideo: false };
/** With every field there is. */
export const pushConfig: ZIMPushConfig = {
  title: 'title',
  content: 'content',
  payload: 'payload',
  resourcesID: 'voip',
  threadID: 'thread',
  enableBadge: true,
  badgeIncrement: 1,
  voIPConfig,
  privateMessageTemplate: {},
};

/** A caller as those written for ZIM, with every verb and field there is. */
export async function call(zim = CallInvitation.getInstance()): Promise<void> {
  const { callID, timeout, errorUserList } = await zim.callInvite(['bob'], {
    timeout: 60,
    mode: ZIMCallInvitationMode.General,
    extendedData: 'extended',
    enableNotReceivedCheck: true,
    pushConfig,
  });
  if (timeout > 0 && errorUserList.length > 0) await zim.callCancel(['bob'], callID, { extendedData: 'extended', pushConfig });
  await zim.callAccept(callID, { extendedData: 'extended' });
  await zim.callReject(callID, { extendedData: 'extended' });
  const { createTime, acceptTime, endTime } = await zim.callEnd(callID, { extendedData: 'extended', pushConfig });
  const { callUserList } = await zim.queryCallInvitation(callID);
  if (createTime < acceptTime && acceptTime < endTime) callUserList.map(({ userID, state }) => `${userID} ${String(state)}`);
}
