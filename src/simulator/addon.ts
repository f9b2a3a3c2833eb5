import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from './packageRoot';

/** The class in the addon (`rust/node`). Structured values are JSON text; UUIDs are taken in any case. */
export interface NativePhone {
  launch(): void;
  kill(): void;
  foreground(): void;
  background(): void;
  startJs(context: number): void;
  stopJs(): void;
  invoke(method: string, params: string): number;
  listen(kind: string): void;
  unlisten(kind: string): void;
  deliverPush(kind: string, payload: string): void;
  snapshot(): string;
  tokens(): string;
  answer(uuid: string, others: string): void;
  end(uuid: string): void;
  setHeld(uuid: string, onHold: boolean): void;
  setMuted(uuid: string, muted: boolean): void;
  setGroup(uuid: string, withUUID: string | null): void;
  playDTMF(uuid: string, digits: string): void;
  swap(): void;
  timeOutActions(uuid: string): void;
  tapRecent(recent: number): void;
  tapNotification(notification: number): void;
  resetProvider(): void;
  setDoNotDisturb(on: boolean): void;
  block(handle: string): void;
  unlock(): void;
  rotateToken(kind: string): void;
  invalidateToken(kind: string): void;
  reinstall(): void;
  advance(milliseconds: number): void;
  settle(marker: number): void;
  switchOff(): void;
}

interface Addon {
  NativePhone: new (options: string, listener: (message: string) => void) => NativePhone;
}

/** Loads the addon. Throws an error that says how to build it if it is not there. */
export function loadAddon(): Addon {
  const file = join(packageRoot, 'build', 'zpns.node');
  if (!existsSync(file)) {
    throw new Error(`the virtual iPhone is not built: ${file} is missing, run "make node" in ${packageRoot}`);
  }
  return createRequire(file)(file) as Addon;
}
