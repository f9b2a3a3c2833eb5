/**
 * All that an app needs for calls: inviting, ringing, answering, hanging up. Media is left out: join it where a comment says so, and start it only
 * after `didActivateAudioSession`.
 */
import { CallInvitation, CallKit, CXHandleType, ZIMCXHandleType, type CXCallAction, type ZIMPushConfig } from 'react-native-zpns';

const callKit = CallKit.getInstance();
const invitation = CallInvitation.getInstance();

/** Something happened, in words for the screen. */
export type Report = (line: string) => void;

/** What the callee's phone shows while it rings, with or without this app running. */
function pushConfigFor(caller: string, video: boolean): ZIMPushConfig {
  return {
    resourcesID: 'voip',
    title: caller,
    content: video ? 'Video call' : 'Voice call',
    payload: JSON.stringify({ room: caller }),
    voIPConfig: { iOSVoIPHandleType: ZIMCXHandleType.Generic, iOSVoIPHandleValue: caller, iOSVoIPHasVideo: video },
  };
}

/** Listens from now on, first to what happened before the app ran; what it returns stops that. */
export function listenToCalls(report: Report): () => void {
  void CallKit.setInitConfiguration({
    localizedName: 'Calls',
    supportsVideo: true,
    maximumCallGroups: 1,
    supportedHandleTypes: [CXHandleType.Generic],
  });
  const comply = (action: CXCallAction) => action.fulfill();

  const subscriptions = [
    callKit.addListener('didReceiveIncomingPush', (payload, uuid, { missed }) => {
      report(`${missed ? 'missed' : 'incoming'} ${uuid}, payload ${String(payload.payload)}`);
    }),
    callKit.addListener('performStartCallAction', async (action) => {
      // Prepare media here.
      await action.fulfill();
      await callKit.reportOutgoingCallStarted(action.callUUID);
    }),
    callKit.addListener('performAnswerCallAction', async (action) => {
      report(`answered ${action.callUUID}`);
      // Join the media here and fulfil once it is connected; the call screen says "connecting" until then. The caller hears of it by itself.
      await action.fulfill();
    }),
    callKit.addListener('performEndCallAction', async (action) => {
      report(`hung up ${action.callUUID}`);
      // Leave the media here. The other side hears of it by itself.
      await action.fulfill();
    }),
    callKit.addListener('performSetMutedCallAction', comply),
    callKit.addListener('performSetHeldCallAction', comply),
    callKit.addListener('didEndCall', ({ uuid, reason }) => report(`over ${uuid}, reason ${reason}`)),
    callKit.addListener('didActivateAudioSession', () => report('audio may start')),

    invitation.addListener('callInvitationAccepted', async (_, { callID, invitee }) => {
      report(`${invitee} accepted`);
      await callKit.reportOutgoingCall(await callKit.callUUID(callID));
    }),
    invitation.addListener('callInvitationRejected', (_, { invitee }) => report(`${invitee} declined`)),
    invitation.addListener('callInviteesAnsweredTimeout', (_, { invitees }) => report(`${invitees.join(', ')} did not answer`)),
  ];
  return () => subscriptions.forEach((subscription) => subscription.remove());
}

/** Calls a user; the call's ID. */
export async function call(caller: string, callee: string, video: boolean): Promise<string> {
  const { callID, errorUserList } = await invitation.callInvite([callee], { timeout: 45, pushConfig: pushConfigFor(caller, video) });
  const unreachable = errorUserList[0];
  if (unreachable !== undefined) throw new Error(`${unreachable.userID}: ${unreachable.reason}`);
  await callKit.startCall({ type: CXHandleType.Generic, value: callee }, { video, uuid: await callKit.callUUID(callID) });
  return callID;
}

/** Hangs up, or takes the invitation back: the call screen and the other side hear of it. */
export async function hangUp(callID: string): Promise<void> {
  await callKit.endCall(await callKit.callUUID(callID));
}
