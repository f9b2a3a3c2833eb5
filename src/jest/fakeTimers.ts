/** The clock of fake timers, for phones to follow. */
import type { Timekeeper } from '../kit/world';

/** What `@sinonjs/fake-timers` puts in the place of `setTimeout`: that of jest and of Vitest. */
interface FakeClock {
  readonly now: number;
  setTimeout(work: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The fake clock that there is at this moment. Jest's legacy fake timers have none. */
export function fakeTimers(): Timekeeper | undefined {
  const { clock } = globalThis.setTimeout as { clock?: FakeClock };
  if (clock === undefined) return undefined;
  return {
    clock,
    now: () => clock.now,
    setTimeout: (work, ms) => clock.setTimeout(work, ms),
    clearTimeout: (timer) => clock.clearTimeout(timer),
  };
}
