/** How the package asks the native module for something: the one place through which every promise settles. */
import { ZpnsCode, ZpnsError } from './errors';
import type { Method } from './methods';
import { MODULE_MISSING, isIOS, native } from './native';

/**
 * Asks, and brings the answer.
 *
 * @throws `ZpnsError`, always: what the core answered; `Unavailable` without a native module; `InvalidArgument` for parameters that JSON can't
 * hold; `Internal` if the bridge broke.
 */
export async function invoke<Answer>(method: Method, params: object = {}): Promise<Answer> {
  const module = native();
  if (module === undefined) {
    throw new ZpnsError(ZpnsCode.Unavailable, isIOS() ? MODULE_MISSING : `${method} is available on iOS only.`);
  }
  const text = encode(method, params);
  let answer: string;
  try {
    answer = await module.invoke(method, text);
  } catch (cause) {
    throw new ZpnsError(ZpnsCode.Internal, `${method}: the native module failed (${describe(cause)}). Please report this.`);
  }
  return decode(method, answer) as Answer;
}

/** Like `invoke`, for methods without an answer that ask the system for something: off iOS it does not happen, and that is said. */
export async function request(method: Method, params: object): Promise<void> {
  await invoke(method, params);
}

/** Like `invoke`, and does nothing off iOS: for settings, and reports of what happened. */
export async function perform(method: Method, params: object = {}): Promise<void> {
  if (isIOS()) await invoke(method, params);
}

/** Like `invoke`, with an answer that holds off iOS. */
export async function ask<Answer>(method: Method, elsewhere: Answer): Promise<Answer> {
  return isIOS() ? invoke<Answer>(method) : elsewhere;
}

/**
 * For methods that ZEGO declares as `void`: their callers don't await, so a rejection becomes a warning instead of an unhandled rejection. Who does
 * await gets the rejection as well.
 */
export function unawaited(promise: Promise<void>): Promise<void> {
  promise.catch((error: unknown) => {
    console.warn(`[ZPNs] ${describe(error)}`);
  });
  return promise;
}

/** An error in words, whatever was thrown. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function encode(method: Method, params: object): string {
  try {
    return JSON.stringify(params);
  } catch (cause) {
    throw new ZpnsError(ZpnsCode.InvalidArgument, `${method}: an argument can't be written as JSON (${describe(cause)}).`);
  }
}

type Reply = { ok: unknown } | { error: { code: string; domain: string; message: string } };

function decode(method: Method, text: string): unknown {
  const reply = parse(text);
  if (reply === undefined) throw new ZpnsError(ZpnsCode.Internal, `${method}: the native module gave no answer. Please report this.`);
  if ('error' in reply) throw new ZpnsError(reply.error.code, reply.error.message, reply.error.domain);
  return reply.ok;
}

function parse(text: string): Reply | undefined {
  try {
    const reply: unknown = JSON.parse(text);
    return typeof reply === 'object' && reply !== null && ('ok' in reply || 'error' in reply) ? (reply as Reply) : undefined;
  } catch {
    return undefined;
  }
}
