/**
 * The native module, and the one subscription to its events.
 *
 * Nothing native is touched when the package is imported: on Android, on the web and in plain jest there is no module, and on a bridgeless cold
 * start `TurboModuleRegistry` may answer null to whoever asks too early. So it is asked for at every use until it is there.
 */
import { Platform, TurboModuleRegistry, type EventSubscription } from 'react-native';
import type { NativeEvent, Spec } from './NativeZpns';
import { hub } from './hub';
import type { Method } from './methods';

type Handler = (event: NativeEvent) => void;

/** In a test, the phone that loads this copy of the package as its own. */
const own = hub()?.loading;
let provided: Spec | undefined;
let connected: Spec | undefined;
let subscription: EventSubscription | undefined;
let complained = false;
const handlers = new Map<string, Handler>();

/** What to tell a developer whose app lacks the module. */
export const MODULE_MISSING =
  'The native module Zpns is missing. Run pod install and rebuild the app; in jest create one by createZpnsMock() of react-native-zpns/jest; ' +
  'Expo Go has no custom native modules, use a development build.';

/** Whether this is a platform with PushKit and CallKit. */
export function isIOS(): boolean {
  return Platform.OS === 'ios';
}

/** The module, or undefined where there is none. */
export function native(): Spec | undefined {
  if (!isIOS()) return undefined;
  return provided ?? own ?? hub()?.current ?? TurboModuleRegistry.get<Spec>('Zpns') ?? undefined;
}

/** Puts another module in the place of the system's, for tests; `undefined` takes it away. What is listened to moves over. */
export function provideNative(module: Spec | undefined): void {
  provided = module;
  connect();
}

/**
 * From now on this handler gets the events of this type, those that waited first. There is one handler per type. The module hears of each listener:
 * it tells a new one how things stand now, and the others with it.
 */
export function hear(type: string, handler: Handler): void {
  connect();
  handlers.set(type, handler);
  connected?.listen(type);
  if (connected === undefined && isIOS() && !complained) {
    complained = true;
    console.warn(`[ZPNs] No events: ${MODULE_MISSING}`);
  }
}

/** From now on events of this type wait. */
export function ignore(type: string): void {
  if (handlers.delete(type)) connected?.unlisten(type);
}

function connect(): void {
  const module = native();
  if (module === connected) return;
  subscription?.remove();
  connected = module;
  // The subscription comes first: `listen` makes the module emit what waited.
  subscription = module?.onEvent(deliver);
  for (const type of handlers.keys()) module?.listen(type);
}

function deliver(event: NativeEvent): void {
  const handler = handlers.get(event.type);
  if (handler === undefined) giveBack(event);
  else handler(event);
}

/** The event was on its way when the listener of its type went: it waits again where all events wait, in the core. */
function giveBack({ type, seq, at, body }: NativeEvent): void {
  const method: Method = 'returnEvent';
  connected?.invoke(method, JSON.stringify({ type, seq, at, body })).catch((error: unknown) => {
    console.warn(`[ZPNs] An event of type ${type} is lost: ${String(error)}`);
  });
}
