/** What an invitation may hold, as ZIM and the core limit it. */
import { ZpnsCode, ZpnsError } from '../errors';

const MOST_USERS = 9;
const LONGEST_USER_ID = 64;
const LONGEST_CALL_ID = 128;
const LONGEST_EXTENDED_DATA = 1024;
const LONGEST_RESOURCES_ID = 32;
const LONGEST_TIMEOUT = 600;
const MOST_BADGE = 99_999;

/** `invitees`: at most 9, each once, of 1 to 64 bytes. */
export function checkUsers(users: readonly string[]): void {
  if (users.length > MOST_USERS) throw invalid(`invitees has at most ${MOST_USERS} users, this one has ${users.length}`);
  users.forEach((user, at) => {
    if (user === '' || bytes(user) > LONGEST_USER_ID) throw invalid(`invitees[${at}] must be a user ID of 1 to ${LONGEST_USER_ID} bytes`);
    if (users.indexOf(user) < at) throw invalid(`invitees[${at}] names a user for the second time`);
  });
}

/** `callID`: 1 to 128 bytes without control characters. */
export function checkCallID(text: string): void {
  if (text === '' || bytes(text) > LONGEST_CALL_ID) throw invalid(`callID must have 1 to ${LONGEST_CALL_ID} bytes of UTF-8`);
  if (/\p{Cc}/u.test(text)) throw invalid('callID may have no control characters');
}

/** `config.timeout`: 1 to 600 seconds. */
export function checkTimeout(timeout: number): void {
  if (!Number.isInteger(timeout) || timeout < 1 || timeout > LONGEST_TIMEOUT) {
    throw invalid(`config.timeout must be 1 to ${LONGEST_TIMEOUT} seconds, not ${timeout}`);
  }
}

/** `config.mode`: general or advanced. */
export function checkMode(mode: number): void {
  if (mode !== 0 && mode !== 1) throw invalid(`config.mode must be 0 or 1, not ${mode}`);
}

/** The number on the app's icon: 0 to 99999. */
export function checkBadge(badge: number): void {
  if (!Number.isInteger(badge) || badge < 0 || badge > MOST_BADGE) throw invalid(`badge must be a number from 0 to ${MOST_BADGE}`);
}

/** `config.extendedData`: at most 1 KB of UTF-8. */
export function checkExtendedData(text: string): void {
  const given = bytes(text);
  if (given > LONGEST_EXTENDED_DATA) {
    throw invalid(`config.extendedData has at most ${LONGEST_EXTENDED_DATA} bytes of UTF-8, this one has ${given}`);
  }
}

/** `config.pushConfig.resourcesID`: at most 32 characters. */
export function checkResourcesID(text: string): void {
  const given = Array.from(text).length;
  if (given > LONGEST_RESOURCES_ID) {
    throw invalid(`config.pushConfig.resourcesID has at most ${LONGEST_RESOURCES_ID} characters, this one has ${given}`);
  }
}

/** An argument that can not be used. */
export function invalid(message: string): ZpnsError {
  return new ZpnsError(ZpnsCode.InvalidArgument, message);
}

function bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
