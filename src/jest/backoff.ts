/** How long to wait before the next try of something that is only of use while a phone rings. */
const FIRST_MS = 500;
const LONGEST_MS = 15_000;
/** Longest `Retry-After` that is followed: what comes later is of no use to a call. */
const LONGEST_ASKED_MS = 60_000;

/**
 * Milliseconds: half a second, doubled with every failure up to 15 seconds, or what the gateway asked for if that is longer. A phone leaves half of it
 * to chance; here nothing is, so that tests can count on it.
 */
export function wait(failures: number, retryAfter = 0): number {
  const full = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
  return Math.max(full, Math.min(retryAfter * 1000, LONGEST_ASKED_MS));
}
