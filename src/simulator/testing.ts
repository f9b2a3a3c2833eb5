/** How often a condition is looked at, in milliseconds. */
const INTERVAL_MS = 5;

/** Resolves with the first value of `look` that is not `undefined`, `null` or `false`. Rejects when the time is up, naming what was awaited. */
export async function waitFor<T>(what: string, look: () => T | undefined | null | false, timeoutMs = 5000): Promise<T> {
  const giveUp = Date.now() + timeoutMs;
  for (;;) {
    const value = look();
    if (value !== undefined && value !== null && value !== false) return value;
    if (Date.now() > giveUp) throw new Error(`${what} did not happen within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
