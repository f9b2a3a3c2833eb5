/** `react-native-zpns/jest` needs nothing of its surroundings but WebAssembly: no TextEncoder, no Buffer, no timers, no Node. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import ts from 'typescript';
import type * as Package from '..';
import type * as Jest from '../jest';

const SOURCES = join(__dirname, '..');

/** Loads a file of this package and what it imports, in a global scope that has what JavaScript itself has, `setTimeout` and WebAssembly. */
function loadBare(entry: string, modules = new Map<string, { exports: unknown }>(), context = bareContext()): unknown {
  const file = [`${entry}.ts`, join(entry, 'index.ts'), `${entry}.js`].find((path) => source(path) !== undefined) ?? entry;
  const known = modules.get(file);
  if (known) return known.exports;
  const module = { exports: {} as unknown };
  modules.set(file, module);
  const { outputText } = ts.transpileModule(source(file) ?? '', {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const require = (name: string): unknown =>
    name === 'react-native' ? REACT_NATIVE : loadBare(join(dirname(file), name), modules, context);
  const run = runInContext(`(function (module, exports, require) {${outputText}\n})`, context, { filename: file }) as (
    ...args: unknown[]
  ) => void;
  run(module, module.exports, require);
  return module.exports;
}

function source(path: string): string | undefined {
  try {
    // The built kit, wherever jest finds it.
    return readFileSync(/kit.module\.js$/.test(path) ? require.resolve('../kit/module') : path, 'utf8');
  } catch {
    return undefined;
  }
}

function bareContext(): object {
  return createContext({ setTimeout, console });
}

const REACT_NATIVE = { Platform: { OS: 'ios' }, TurboModuleRegistry: { get: () => null } };

test('a call rings and is answered in a bare context', async () => {
  const modules = new Map<string, { exports: unknown }>();
  const context = bareContext();
  const { createZpnsMock } = loadBare(join(SOURCES, 'jest'), modules, context) as typeof Jest;
  const { CallKit } = loadBare(SOURCES, modules, context) as typeof Package;
  expect(runInContext('typeof TextEncoder + typeof Buffer + typeof process + typeof crypto', context)).toBe('undefined'.repeat(4));
  const phone = createZpnsMock();
  CallKit.getInstance().on('performAnswerCallAction', (action) => action.fulfill());
  const uuid = phone.invite({ callID: '通话-1' });
  expect(uuid).toBe('CFEF30A4-EF00-5D2F-B0E8-E228E1B97FBA');
  expect(await phone.answer(uuid)).toBe('fulfill');
  expect(phone.gateway.call('通话-1').state).toBe('accepted');
});
