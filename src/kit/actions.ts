/** What became of the actions that an app on a phone of the kit was asked to perform, read from the phone's timeline. */
import type { TimelineEntry } from './timeline';

/** How an action ended: by the app, by the system's deadline, by a provider reset, or because its call was over. */
export type ActionOutcome = 'fulfill' | 'fail' | 'timedOut' | 'reset' | 'over';

/** An action that the app is asked to perform. */
export class Action {
  settle: (outcome: ActionOutcome) => void = () => undefined;
  readonly outcome = new Promise<ActionOutcome>((resolve) => (this.settle = resolve));
}

/** How an action ended, if it is this that happened. What the library fails because the call ends elsewhere is over. */
export function outcomeOf(entry: TimelineEntry, endedElsewhere: string | undefined): ActionOutcome | undefined {
  switch (entry.type) {
    case 'actionFulfilled':
      return 'fulfill';
    case 'actionFailed':
      return entry.uuid === endedElsewhere ? 'over' : 'fail';
    case 'actionTimedOut':
      return 'timedOut';
    case 'actionDropped':
      // An answer that the app fails ends its call as failed.
      if (entry.cause === 'failed') return 'fail';
      return entry.cause === 'reset' ? 'reset' : 'over';
    default:
  }
  return undefined;
}
