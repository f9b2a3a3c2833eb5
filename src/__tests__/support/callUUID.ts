/** Call UUIDs as every part of the system makes them. Runs under Node only, as jest does. */
/// <reference types="node" />
import { createHash, randomUUID } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** UUID v5 of the URL namespace and `urn:zpns:call-id`. */
const NAMESPACE = '305608cb174c5bc3bff84b8159b07f9b';

/** The UUID of a call ID, in upper case: itself if it is one, else version 5 (RFC 9562) over its UTF-8 bytes; random without a call ID. */
export function callUUID(callID: string | null): string {
  if (callID === null) return randomUUID().toUpperCase();
  if (UUID.test(callID)) return callID.toUpperCase();
  const hash = createHash('sha1').update(Buffer.from(NAMESPACE, 'hex')).update(callID, 'utf8').digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    .toUpperCase();
}

/** The UUID in upper case, or undefined for text that is none. */
export function parseUUID(text: unknown): string | undefined {
  return typeof text === 'string' && UUID.test(text) ? text.toUpperCase() : undefined;
}
