/** The kit's loader, over the built module (`make kit`), over a hand-made one that fails, and over a memory without a module. */
import { decodeBase64 } from '../base64';
import { instanceOver, instantiate, loadKit, type KitExports } from '../load';

const CACHE = Symbol.for('react-native-zpns.kit');
const surroundings = globalThis as { WebAssembly?: unknown; [CACHE]?: { module: unknown } };

/** Answers with what it was asked. */
function echo(): KitExports {
  let length = 0;
  const memory = { buffer: new ArrayBuffer(4 * 65536) };
  return {
    memory,
    zpns_command: (units) => (length = units) && 64,
    zpns_call() {
      // As when a memory grows: what was is elsewhere.
      memory.buffer = memory.buffer.slice(0);
      return length;
    },
    zpns_answer: () => 64,
    zpns_panic: () => 0,
    zpns_panic_units: () => 0,
  };
}

/** A module whose zpns_call traps, and whose zpns_panic says "boom". */
function failingModule(): string {
  const vector = (items: number[][]) => [items.length, ...items.flat()];
  const section = (id: number, content: number[]) => [id, content.length, ...content];
  const name = (text: string) => [text.length, ...Buffer.from(text)];
  const constant = (number: number[]) => [0x41, ...number];
  const body = (code: number[]) => [code.length + 2, 0, ...code, 0x0b];
  const functions = ['zpns_command', 'zpns_call', 'zpns_answer', 'zpns_panic', 'zpns_panic_units'];
  const message = [...Buffer.from('boom', 'utf16le')];
  const at64 = constant([0xc0, 0x00]);
  const bytes = [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    // (i32) -> i32 and () -> i32
    section(
      1,
      vector([
        [0x60, 1, 0x7f, 1, 0x7f],
        [0x60, 0, 1, 0x7f],
      ]),
    ),
    section(3, vector([[0], [1], [1], [1], [1]])),
    section(5, vector([[0, 1]])),
    section(7, vector([[...name('memory'), 2, 0], ...functions.map((text, index) => [...name(text), 0, index])])),
    section(10, vector([constant([0]), [0x00], constant([0]), at64, constant([4])].map(body))),
    section(11, vector([[0, ...at64, 0x0b, message.length, ...message]])),
  ];
  return Buffer.from(bytes.flat()).toString('base64');
}

test('the built module answers', () => {
  expect(typeof loadKit().call('{}')).toBe('string');
});

test('the module is compiled once, although this file is loaded again', () => {
  loadKit();
  const compiled = surroundings[CACHE]?.module;
  expect(compiled).toBeDefined();
  jest.isolateModules(() => {
    jest.requireActual<typeof import('../load')>('../load').loadKit();
  });
  expect(surroundings[CACHE]?.module).toBe(compiled);
});

test('another module than the one that was compiled is compiled', () => {
  loadKit();
  expect(() => instantiate(failingModule()).call('')).toThrow('boom');
  expect(typeof loadKit().call('{}')).toBe('string');
});

test.each([
  ['nothing', ''],
  ['letters beyond ASCII', '来电 📞 é'],
  ['half a surrogate pair', 'a\ud83d'],
  ['more than fits in one list of arguments', 'ab'.repeat(40_000)],
])('text is carried unharmed: %s', (_, text) => {
  expect(instanceOver(echo()).call(text)).toBe(text);
});

test('a trap is told with the message of the panic, and every later call throws the same error', () => {
  const kit = instantiate(failingModule());
  const caught: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    try {
      kit.call('anything');
    } catch (error) {
      caught.push(error);
    }
  }
  expect(caught[0]).toEqual(
    new Error('The kit of react-native-zpns failed: boom\nThis is a mistake in the kit: please report it, with what led to it.'),
  );
  expect((caught[0] as Error).cause).toMatchObject({ name: 'RuntimeError' });
  expect(caught[1]).toBe(caught[0]);
});

test('a trap without a message is told in the words of the engine', () => {
  const kit = instanceOver({
    ...echo(),
    zpns_call() {
      throw new RangeError('Maximum call stack size exceeded');
    },
  });
  expect(() => kit.call('')).toThrow('failed: RangeError: Maximum call stack size exceeded\n');
});

test('an engine without WebAssembly is told where the kit runs', () => {
  const { WebAssembly } = surroundings;
  delete surroundings.WebAssembly;
  try {
    expect(loadKit).toThrow('needs WebAssembly');
  } finally {
    surroundings.WebAssembly = WebAssembly;
  }
});

test.each([0, 1, 2, 3, 4, 5, 256, 1000])('Base64 of %d bytes is decoded with Buffer, with atob and with neither', (length) => {
  const bytes = Uint8Array.from({ length }, (_, index) => (index * 167 + 13) % 256);
  const text = Buffer.from(bytes).toString('base64');
  for (const decoders of [{ Buffer }, { atob }, {}]) {
    expect([...decodeBase64(text, decoders)]).toEqual([...bytes]);
  }
});
