/**
 * The one native interface of this package, in the form that React Native's codegen reads.
 *
 * Implemented by the iOS module, by the virtual iPhone (real core under Node) and by the in-memory module of `react-native-zpns/jest`. Few methods
 * and JSON text on purpose: parameters, answers and event bodies are written and read by the core and by TypeScript only, what lies between carries
 * them unread.
 */
import { TurboModuleRegistry, type CodegenTypes, type TurboModule } from 'react-native';

// Under this name codegen knows it from React Native 0.76 on; the qualified name it understands since 0.80 only.
type EventEmitter<Event> = CodegenTypes.EventEmitter<Event>;

/** One event, whatever its type. */
export interface NativeEvent {
  /** Name of the event, as `registered`. */
  type: string;
  /** Counts up from 1 over all events of this process. */
  seq: number;
  /** When it happened, Unix milliseconds. */
  at: number;
  /** Whether it waited for a listener. */
  flushed: boolean;
  /** JSON object; its shape depends on `type`. */
  body: string;
}

/** What the native side offers. */
export interface Spec extends TurboModule {
  /**
   * Asks for something. `params` is a JSON object. Resolves with `{"ok": …}` or `{"error": {"code", "domain", "message"}}`, and rejects only if the
   * bridge itself is broken.
   */
  invoke(method: string, params: string): Promise<string>;
  /** Events of this type are emitted from now on, those that waited first. Subscribe to `onEvent` before. */
  listen(type: string): void;
  /** Events of this type are kept from now on. */
  unlisten(type: string): void;
  /** Every event of every type that is listened to, in order. */
  readonly onEvent: EventEmitter<NativeEvent>;
}

// Not getEnforcing: the import must be safe on Android, on the web, in jest and in Expo Go, where there is no such module.
export default TurboModuleRegistry.get<Spec>('Zpns');
