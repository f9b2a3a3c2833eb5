/** The actions of the in-memory phone that wait for JavaScript. Each is settled once. */
import { ZpnsCode, ZpnsError } from '../errors';
import type { CXActionKind, CXActionSource } from '../types';
import type { Mailbox } from './mailbox';

/** How an action ended: by the app, by the system's deadline, by a provider reset, or because its call was over. */
export type ActionOutcome = 'fulfill' | 'fail' | 'timedOut' | 'reset' | 'over';

/** What is asked of the app. */
export interface ActionRequest {
  readonly kind: CXActionKind;
  /** Of the call, in upper case. */
  readonly uuid: string;
  readonly source: CXActionSource;
  /** What the event carries beside `callUUID`. */
  readonly fields?: object;
}

interface Waiting extends ActionRequest {
  readonly settle: (outcome: ActionOutcome) => void;
}

const EVENTS: Record<CXActionKind, string> = {
  start: 'performStartCallAction',
  answer: 'performAnswerCallAction',
  end: 'performEndCallAction',
  held: 'performSetHeldCallAction',
  muted: 'performSetMutedCallAction',
  group: 'performSetGroupCallAction',
  dtmf: 'performPlayDTMFCallAction',
};

/** Actions, by the number that JavaScript knows them by. */
export class Actions {
  readonly #mailbox: Mailbox;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  /** Asks the app; resolves when the action is settled, after `consequences`. */
  request(action: ActionRequest, consequences: (outcome: ActionOutcome) => void = () => undefined): Promise<ActionOutcome> {
    this.#last += 1;
    const number = this.#last;
    const settled = new Promise<ActionOutcome>((resolve) => {
      const settle = (outcome: ActionOutcome): void => {
        this.#waiting.delete(number);
        consequences(outcome);
        resolve(outcome);
      };
      this.#waiting.set(number, { ...action, settle });
    });
    const { kind, uuid, source, fields } = action;
    this.#mailbox.emit(EVENTS[kind], { seq: seq(number), source, action: { callUUID: uuid, ...fields } });
    return settled;
  }

  /** The app settles one. */
  complete(name: string, outcome: 'fulfill' | 'fail'): void {
    const number = Number(/^native([1-9]\d*)$/.exec(name)?.[1] ?? NaN);
    const action = this.#waiting.get(number);
    if (action !== undefined) action.settle(outcome);
    else if (number <= this.#last) throw new ZpnsError(ZpnsCode.AlreadySettled, 'the action was settled before');
    else throw new ZpnsError(ZpnsCode.UnknownAction, 'no action has this seq');
  }

  /** The system's deadline passes for the oldest action of this call. */
  timeOut(uuid: string): void {
    for (const [number, { uuid: of, kind, settle }] of this.#waiting) {
      if (of !== uuid) continue;
      this.#mailbox.emit('timedOutPerformingAction', { seq: seq(number), action: { callUUID: uuid, kind } });
      settle('timedOut');
      return;
    }
    throw new Error('No action of this call is waiting.');
  }

  /** The call is over. */
  drop(uuid: string): void {
    for (const action of [...this.#waiting.values()]) if (action.uuid === uuid) action.settle('over');
  }

  /** All calls are gone. */
  reset(): void {
    for (const action of [...this.#waiting.values()]) action.settle('reset');
  }
}

function seq(number: number): string {
  return `native${number}`;
}
