/**
 * How long to wait before the next try, in milliseconds: doubled with every failure, or what the gateway asked for if that is longer. A phone leaves half
 * of it to chance; here nothing is, so that tests can count on it.
 */
function wait(first: number, longest: number, failures: number, asked: number): number {
  return Math.max(Math.min(first * 2 ** (failures - 1), longest), asked);
}

/** For what is only of use while a phone rings: half a second to 15 seconds. A `Retry-After` of more than a minute is of no use to a call. */
export function waitWhileRinging(failures: number, retryAfter = 0): number {
  return wait(500, 15_000, failures, Math.min(retryAfter, 60) * 1000);
}

/** For what is tried for ever: a second to a quarter of an hour. A `Retry-After` is followed for up to a day. */
export function waitForEver(failures: number, retryAfter = 0): number {
  return wait(1_000, 900_000, failures, Math.min(retryAfter, 86_400) * 1000);
}
