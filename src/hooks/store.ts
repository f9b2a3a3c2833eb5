/** A value that several components draw, kept up to date as long as one of them is there. */
import { useSyncExternalStore } from 'react';
import type { Subscription } from '../types';

/** What `useStore` reads. */
export interface Store<Value> {
  readonly subscribe: (changed: () => void) => () => void;
  readonly get: () => Value;
}

/**
 * A store that begins to watch when the first component comes and stops when the last one is gone; then its value is `initial` again, for nobody
 * tells it any more what is right. One component that takes the place of another in the same turn finds the value as it was.
 */
export function makeStore<Value>(initial: Value, watch: (set: (value: Value) => void) => Subscription): Store<Value> {
  const components = new Set<() => void>();
  let value = initial;
  let watching: Subscription | undefined;

  const set = (next: Value): void => {
    value = next;
    for (const changed of components) changed();
  };
  const stopIfUnused = (): void => {
    if (components.size > 0) return;
    watching?.remove();
    watching = undefined;
    value = initial;
  };

  return {
    subscribe: (changed) => {
      const entry = () => {
        changed();
      };
      components.add(entry);
      watching ??= watch(set);
      return () => {
        components.delete(entry);
        void Promise.resolve().then(stopIfUnused);
      };
    },
    get: () => value,
  };
}

/** The store's value, drawn again whenever it is another one. */
export function useStore<Value>(store: Store<Value>): Value {
  return useSyncExternalStore(store.subscribe, store.get, store.get);
}
