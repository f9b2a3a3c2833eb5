/**
 * Loads the kit: the crate `zpns-kit` as WebAssembly, which is in this package as text. An instance takes text and answers with text;
 * what the text says is the business of those who call it.
 */
import { decodeBase64 } from './base64';
import moduleBase64 from './module';

/** A world of its own. */
export interface KitInstance {
  /** Throws if the kit fails; then every later call throws the same error. */
  call(text: string): string;
}

/** What the module offers, see rust/kit/src/abi.rs. Addresses count bytes, lengths count UTF-16 code units. */
export interface KitExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  zpns_command(units: number): number;
  zpns_call(): number;
  zpns_answer(): number;
  zpns_panic(): number;
  zpns_panic_units(): number;
}

/** Where a compiled module is kept for other copies of this file, which a test runner or a second copy of the package may load. */
const CACHE = Symbol.for('react-native-zpns.kit');

interface Surroundings {
  WebAssembly?: {
    Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
    Instance: new (module: object) => { readonly exports: unknown };
  };
  [CACHE]?: { readonly base64: string; readonly module: object };
}

const surroundings = globalThis as Surroundings;

/** A new instance. The first one in a process compiles the module, which takes a few milliseconds. */
export function loadKit(): KitInstance {
  return instantiate(moduleBase64);
}

/** For {@link loadKit} and its tests: an instance of this module. */
export function instantiate(base64: string): KitInstance {
  const { WebAssembly } = surroundings;
  if (!WebAssembly) {
    throw new Error(
      'The kit of react-native-zpns needs WebAssembly, which this JavaScript engine does not have. ' +
        'Run it in Node or in a browser; in an app on a phone, call react-native-zpns itself, which is native there.',
    );
  }
  let cached = surroundings[CACHE];
  if (cached?.base64 !== base64) {
    cached = { base64, module: new WebAssembly.Module(decodeBase64(base64)) };
    // Where nothing may be added to the global object, each copy compiles for itself.
    Reflect.set(surroundings, CACHE, cached);
  }
  return instanceOver(new WebAssembly.Instance(cached.module).exports as KitExports);
}

/** For {@link loadKit} and its tests: text in and text out over these exports. */
export function instanceOver(exports: KitExports): KitInstance {
  let failure: Error | undefined;
  return {
    call(text) {
      if (failure) throw failure;
      try {
        write(exports, exports.zpns_command(text.length), text);
        const units = exports.zpns_call();
        return read(exports, exports.zpns_answer(), units);
      } catch (trap) {
        failure = new Error(
          `The kit of react-native-zpns failed: ${panicMessage(exports) || String(trap)}\n` +
            'This is a mistake in the kit: please report it, with what led to it.',
          { cause: trap },
        );
        throw failure;
      }
    },
  };
}

/** The panic's words, or none: running out of memory or of stack leaves none. */
function panicMessage(exports: KitExports): string {
  try {
    return read(exports, exports.zpns_panic(), exports.zpns_panic_units());
  } catch {
    return '';
  }
}

// WebAssembly's numbers are signed: >>> 0 takes them as they are meant. The memory's buffer is asked for each time, for it is another
// one after the memory has grown.

function write({ memory }: KitExports, address: number, text: string): void {
  const units = new Uint16Array(memory.buffer, address >>> 0, text.length);
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
}

/** As many arguments as every engine takes. */
const CHUNK = 8192;
const charactersOf = (units: ArrayLike<number>): string => Reflect.apply(String.fromCharCode, undefined, units) as string;

function read({ memory }: KitExports, address: number, length: number): string {
  const units = new Uint16Array(memory.buffer, address >>> 0, length >>> 0);
  let text = '';
  for (let i = 0; i < units.length; i += CHUNK) text += charactersOf(units.subarray(i, i + CHUNK));
  return text;
}
