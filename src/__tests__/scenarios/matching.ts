/** Placeholders of scenario files, and the partial comparison that expectations use. */
import { callUUID } from '../support/callUUID';

/** Fills placeholders in what a step says: `{"$uuidOf": "call-42"}`, and `{"$now": 45000}` for a moment that far from now. */
export function fill(value: unknown, now: number): unknown {
  if (Array.isArray(value)) return value.map((item) => fill(item, now));
  if (typeof value !== 'object' || value === null) return value;
  const special = value as { $uuidOf?: string; $now?: number };
  if (special.$uuidOf !== undefined) return callUUID(special.$uuidOf);
  if (special.$now !== undefined) return now + special.$now;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, now)]));
}

/**
 * Where `actual` is not as `expected`, in words; undefined if it is. Objects may have more fields than are expected, lists not. `{"$any": true}` is
 * anything but null, `{"$absent": true}` nothing, `{"$startsWith": "zp_"}` such a text.
 */
export function mismatch(expected: unknown, actual: unknown, at = 'it'): string | undefined {
  const wrong = `${at} is ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`;
  if (typeof expected !== 'object' || expected === null) return expected === actual ? undefined : wrong;
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return wrong;
    return first(expected.map((item, index) => mismatch(item, actual[index], `${at}[${index}]`)));
  }
  const special = expected as { $any?: true; $absent?: true; $startsWith?: string };
  if (special.$any) return actual === undefined || actual === null ? wrong : undefined;
  if (special.$absent) return actual === undefined ? undefined : wrong;
  if (special.$startsWith !== undefined) return typeof actual === 'string' && actual.startsWith(special.$startsWith) ? undefined : wrong;
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return wrong;
  return first(Object.entries(expected).map(([key, item]) => mismatch(item, (actual as Record<string, unknown>)[key], `${at}.${key}`)));
}

function first(problems: (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}
