/** The events of `CallKit`, and the actions in them. */
import { perform, unawaited } from './invoke';
import type { EventTable, Heard } from './listeners';
import type {
  CallKitEventHandler,
  CXAction,
  CXActionSource,
  CXAnswerCallAction,
  CXCallAction,
  CXEndCallAction,
  CXPlayDTMFCallAction,
  CXSetGroupCallAction,
  CXSetHeldCallAction,
  CXSetMutedCallAction,
  CXStartCallAction,
  CXTimedOutAction,
  EndedCall,
  StartCallIntent,
  ZpnsCall,
} from './types';

/** An action as the core sends it: its number, who asked, and its fields. */
interface ActionBody<Action> {
  seq: string;
  source?: CXActionSource;
  action: Omit<Action, keyof CXAction>;
}

type Outcome = 'fulfill' | 'fail';

/** All listeners of one event get the same action, so that settling it twice is once. */
function action<Action extends CXCallAction>({ seq, source = 'user', action }: ActionBody<Action>): Heard<[Action]> {
  const settled = new Map<Outcome, Promise<void>>();
  const settle = (outcome: Outcome): Promise<void> => {
    const before = settled.get(outcome);
    if (before !== undefined) return before;
    const now = unawaited(perform('completeAction', { seq, outcome }));
    settled.set(outcome, now);
    return now;
  };
  const methods: CXAction = { source, fulfill: () => settle('fulfill'), fail: () => settle('fail') };
  return { args: [{ ...action, ...methods } as Action] };
}

/** How the arguments of `CallKit`'s listeners are made. */
export const CALL_KIT_EVENTS: EventTable<CallKitEventHandler> = {
  didReceiveIncomingPush: (
    { payload, uuid, missed = false }: { payload: Record<string, unknown>; uuid: string; missed?: boolean },
    { at, flushed },
  ) => ({ args: [payload, uuid, { missed, at, flushed }] }),
  providerDidReset: ({ uuids }: { uuids: string[] }) => ({ args: [uuids] }),
  providerDidBegin: () => ({ args: [] }),
  didActivateAudioSession: () => ({ args: [] }),
  didDeactivateAudioSession: () => ({ args: [] }),
  timedOutPerformingAction: action<CXTimedOutAction>,
  performStartCallAction: action<CXStartCallAction>,
  performAnswerCallAction: action<CXAnswerCallAction>,
  performEndCallAction: action<CXEndCallAction>,
  performSetHeldCallAction: action<CXSetHeldCallAction>,
  performSetMutedCallAction: action<CXSetMutedCallAction>,
  performSetGroupCallAction: action<CXSetGroupCallAction>,
  performPlayDTMFCallAction: action<CXPlayDTMFCallAction>,
  didEndCall: (call: EndedCall) => ({ args: [call] }),
  callsChanged: ({ calls }: { calls: ZpnsCall[] }) => ({ args: [calls] }),
  didReceiveStartCallIntent: (intent: StartCallIntent) => ({ args: [intent] }),
};
