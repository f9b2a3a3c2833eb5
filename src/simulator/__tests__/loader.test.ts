/** Module registries: the same files, evaluated anew for every start of an app. */
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModuleRegistry } from '../loader';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zpns-loader-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function load(file: string, replaced: Record<string, object> = {}, globals: object = {}): Record<string, unknown> {
  return new ModuleRegistry(new Map(Object.entries(replaced)), globals).load(file) as Record<string, unknown>;
}

test('a module is evaluated once in a registry and anew in the next', () => {
  write('shared.ts', 'export const identity: object = {};');
  const entry = write('entry.ts', "import { identity } from './shared'; import * as again from './shared'; export { identity, again };");
  const one = load(entry) as { identity: object; again: { identity: object } };
  expect(one.identity).toBe(one.again.identity);
  expect(load(entry).identity).not.toBe(one.identity);
});

test('a folder means its index and a file need not name its extension', () => {
  mkdirSync(join(folder, 'parts'));
  write('parts/index.ts', "export { value } from './value.js';");
  write('parts/value.ts', 'export const value = 7;');
  write('facts.json', '{"name": "zpns"}');
  const entry = write('entry.ts', "import facts from './facts.json'; export * from './parts'; export const name = facts.name;");
  expect(load(entry)).toMatchObject({ value: 7, name: 'zpns' });
});

test('modules that import each other get what is there so far', () => {
  write('a.ts', "import { b } from './b'; export const a = 'a'; export const seen = () => b;");
  write('b.ts', "import { seen } from './a'; export const b = 'b'; export const back = () => seen;");
  const exports = load(join(folder, 'a.ts')) as { seen: () => string };
  expect(exports.seen()).toBe('b');
});

test('a package can be replaced', () => {
  const entry = write('entry.ts', "import { Platform } from 'react-native'; export const os: string = Platform.OS;");
  expect(load(entry, { 'react-native': { Platform: { OS: 'ios' } } }).os).toBe('ios');
});

test('an import that is not there is named with who imports it', () => {
  const entry = write('entry.ts', "import './missing';");
  expect(() => load(entry)).toThrow(/missing, imported by .*entry\.ts, is not there/);
});

test('a module that threw is tried again', () => {
  write(
    'fails.ts',
    "if ((globals as { fail: boolean }).fail) throw new Error('not yet'); export const ok = true; declare const globals: unknown;",
  );
  const entry = join(folder, 'fails.ts');
  const state = { fail: true };
  const registry = new ModuleRegistry(new Map(), { globals: state });
  expect(() => registry.load(entry)).toThrow('not yet');
  state.fail = false;
  expect(registry.load(entry)).toMatchObject({ ok: true });
});

test('a changed file is compiled again', () => {
  const entry = write('entry.ts', 'export const value = 1;');
  expect(load(entry).value).toBe(1);
  // Times of files have steps; a newer length with the same time would be an old file.
  do {
    writeFileSync(entry, 'export const value = 2;');
  } while (load(entry).value !== 2);
});

test('an error is of the realm of who loads', () => {
  const entry = write('entry.ts', 'export const error = new Error("mine");');
  expect(load(entry).error).toBeInstanceOf(Error);
});
