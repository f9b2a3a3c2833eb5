import type { Spec } from '../NativeZpns';

/** The little of `react-native` that the package uses, on a phone with this native module. */
export function reactNative(native: Spec): object {
  const find = (name: string) => (name === 'Zpns' ? native : null);
  return {
    __esModule: true,
    Platform: { OS: 'ios', select: (choices: Record<string, unknown>) => choices.ios ?? choices.native ?? choices.default },
    TurboModuleRegistry: {
      get: find,
      getEnforcing(name: string) {
        const found = find(name);
        if (!found) throw new Error(`the virtual iPhone has no native module ${name}`);
        return found;
      },
    },
    NativeModules: {},
  };
}
