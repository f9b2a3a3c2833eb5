import type { EventSubscription } from 'react-native';
import type { NativeEvent, Spec } from '../NativeZpns';
import type { NativePhone } from './addon';

type Handler = (event: NativeEvent) => unknown;

/** While an answer is awaited Node must not end: the addon itself does not keep it running. */
const KEEP_ALIVE_MS = 60_000;

/**
 * The native module as one JavaScript context of the app sees it. When the context is gone nothing in it is called any more: events are
 * dropped, and what it awaits stays pending for ever, as in a process that was killed.
 */
export class NativeModule implements Spec {
  readonly #phone: NativePhone;
  readonly #handlers = new Set<Handler>();
  readonly #awaited = new Map<number, (answer: string) => void>();
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  #gone = false;

  constructor(phone: NativePhone) {
    this.#phone = phone;
  }

  readonly onEvent: Spec['onEvent'] = (handler) => {
    const own: Handler = (event) => handler(event);
    this.#handlers.add(own);
    // Of a subscription only this is for users; the rest is React Native's own bookkeeping.
    return { remove: () => void this.#handlers.delete(own) } as EventSubscription;
  };

  invoke(method: string, params: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#gone) return;
      try {
        this.#awaited.set(this.#phone.invoke(method, params), resolve);
        this.#keepAlive ??= setInterval(() => undefined, KEEP_ALIVE_MS);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  listen(type: string): void {
    if (!this.#gone) this.#phone.listen(type);
  }

  unlisten(type: string): void {
    if (!this.#gone) this.#phone.unlisten(type);
  }

  /** The native side has an event. */
  emit(event: NativeEvent): void {
    for (const handler of [...this.#handlers]) {
      if (this.#gone) return;
      try {
        handler(event);
      } catch (error) {
        // One handler's mistake must not keep the event from the others; it is still an uncaught error of the app.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** The native side answers. */
  answer(invocation: number, answer: string): void {
    const resolve = this.#awaited.get(invocation);
    this.#awaited.delete(invocation);
    if (this.#awaited.size === 0) this.#rest();
    resolve?.(answer);
  }

  /** The context is gone. */
  detach(): void {
    this.#gone = true;
    this.#handlers.clear();
    this.#awaited.clear();
    this.#rest();
  }

  #rest(): void {
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
  }
}
