/** What may be shown of a text that may not be shown itself: the first 8 hex digits of its SHA-256. Runs under Node only, as jest does. */
/// <reference types="node" />
import { createHash } from 'node:crypto';

/** The fingerprint. */
export function fingerprint(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex').slice(0, 8);
}
