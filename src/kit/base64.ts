/** Base64 to bytes, wherever JavaScript runs: test runners and browsers have `Buffer`, `atob`, or neither. */

export interface Decoders {
  Buffer?: { from(text: string, encoding: 'base64'): Uint8Array<ArrayBuffer> };
  atob?: (text: string) => string;
}

/** Whose types are not asked: they tell what Node has, or nothing. */
const surroundings: object = globalThis;

export function decodeBase64(text: string, { Buffer, atob }: Decoders = surroundings): Uint8Array<ArrayBuffer> {
  if (Buffer) return Buffer.from(text, 'base64');
  return atob ? bytesOf(atob(text)) : decode(text);
}

function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function decode(text: string): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(128);
  for (let value = 0; value < ALPHABET.length; value++) values[ALPHABET.charCodeAt(value)] = value;
  const digits = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  for (let read = 0, written = 0; read < digits.length; read++) {
    bits = (bits << 6) | (values[digits.charCodeAt(read)] ?? 0);
    // Every digit but the first of four completes a byte.
    const left = 6 - 2 * (read % 4);
    if (left < 6) bytes[written++] = (bits >> left) & 0xff;
  }
  return bytes;
}
