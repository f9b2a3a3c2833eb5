/**
 * Where a phone of `react-native-zpns/jest` and the copies of this package meet. A test may load the package more than once
 * (`jest.resetModules`, `jest.isolateModules`), and each copy has to find its phone: by a symbol on the global object, which all copies share.
 * In an app there is none.
 */
import type { Spec } from './NativeZpns';

/** What phones and copies share. */
export interface Hub {
  /** The native module of the phone that copies talk to which belong to no other. */
  current: Spec | undefined;
  /** The native module of the phone that is loading a copy of its own at this moment. */
  loading: Spec | undefined;
  /** The phones that have not been disposed. */
  readonly phones: Set<{ dispose(): void }>;
}

const KEY = Symbol.for('react-native-zpns');

/** The hub, if there ever was a phone. */
export function hub(): Hub | undefined {
  return (globalThis as { [KEY]?: Hub })[KEY];
}

/** The hub; made, if there is none. */
export function makeHub(): Hub {
  const made = hub() ?? { current: undefined, loading: undefined, phones: new Set() };
  (globalThis as { [KEY]?: Hub })[KEY] = made;
  return made;
}
