/** The actions that wait for JavaScript. Each is settled once: by JavaScript, by the safety timer, or because its call is over. */
import { ZpnsCode, ZpnsError } from '../errors';
import type { CXActionKind } from '../types';
import type { Clock, Timer } from './clock';
import type { ScreenAction } from './screen';
import type { ActionName } from './timeline';

interface Waiting {
  readonly action: ScreenAction;
  readonly timer: Timer;
}

/** The event that asks JavaScript to perform an action, and the action's kind in `timedOutPerformingAction`. */
export const ACTIONS: Record<ActionName, { readonly event: string; readonly kind: CXActionKind }> = {
  start: { event: 'performStartCallAction', kind: 'start' },
  answer: { event: 'performAnswerCallAction', kind: 'answer' },
  end: { event: 'performEndCallAction', kind: 'end' },
  setHeld: { event: 'performSetHeldCallAction', kind: 'held' },
  setMuted: { event: 'performSetMutedCallAction', kind: 'muted' },
  setGroup: { event: 'performSetGroupCallAction', kind: 'group' },
  playDTMF: { event: 'performPlayDTMFCallAction', kind: 'dtmf' },
};

const MARGIN_MS = 1_500;
const LONGEST_MS = 58_500;
const LONGEST_END_MS = 10_000;

/** Actions, by the number that JavaScript knows them by. */
export class Actions {
  readonly #clock: Clock;
  readonly #unattended: (action: ScreenAction) => void;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  /** `unattended` is told of an action that nobody settled before the system would. */
  constructor(clock: Clock, unattended: (action: ScreenAction) => void) {
    this.#clock = clock;
    this.#unattended = unattended;
  }

  /** An action waits from now on; what JavaScript knows it by. */
  open(action: ScreenAction): string {
    this.#last += 1;
    const number = this.#last;
    const remaining = action.deadline - this.#clock.now();
    const wait = Math.min(remaining - Math.min(MARGIN_MS, remaining / 2), action.kind === 'end' ? LONGEST_END_MS : LONGEST_MS);
    const timer = this.#clock.at(this.#clock.now() + wait, () => {
      if (this.#waiting.delete(number)) this.#unattended(action);
    });
    this.#waiting.set(number, { action, timer });
    return seq(number);
  }

  /** JavaScript settles one: takes it. */
  take(name: string): ScreenAction {
    const number = Number(/^native([1-9]\d*)$/.exec(name)?.[1] ?? NaN);
    const action = this.#take(number);
    if (action !== undefined) return action;
    if (number <= this.#last) throw new ZpnsError(ZpnsCode.AlreadySettled, 'the action was settled before; nothing is left to do');
    throw new ZpnsError(ZpnsCode.UnknownAction, 'no action has this seq');
  }

  /** The action that the system knows by this number, with what JavaScript knows it by. */
  takeTimedOut(id: number): { seq: string; action: ScreenAction } | undefined {
    for (const [number, { action }] of this.#waiting) {
      if (action.id === id) return { seq: seq(number), action: this.#take(number) ?? action };
    }
    return undefined;
  }

  /** Takes the actions of one call, or all. */
  takeAll(uuid?: string): ScreenAction[] {
    const of = [...this.#waiting].filter(([, { action }]) => uuid === undefined || action.uuid === uuid);
    return of.flatMap(([number]) => this.#take(number) ?? []);
  }

  /** For `diagnose()`. */
  diagnose(): object[] {
    return [...this.#waiting].map(([number, { action }]) => {
      const { uuid, kind, deadline } = action;
      return { seq: seq(number), callUUID: uuid, kind: ACTIONS[kind].kind, deadline };
    });
  }

  #take(number: number): ScreenAction | undefined {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    this.#clock.cancel(waiting?.timer);
    return waiting?.action;
  }
}

function seq(number: number): string {
  return `native${number}`;
}
