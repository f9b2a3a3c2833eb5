/** Loads TypeScript and JavaScript sources into a module registry of their own, so that two phones run the same code without sharing state. */
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import ts from 'typescript';
import { packageRoot } from './packageRoot';

/** Sources as they are tried for an import without an extension. */
const SUFFIXES = ['', '.ts', '.tsx', '.js', '.json', '/index.ts', '/index.tsx', '/index.js'];

/** What the package itself is called, from inside and outside. */
const OWN_ENTRIES: Record<string, string> = {
  'react-native-zpns': 'src/index.ts',
  'react-native-zpns/callkit': 'src/callkit/index.ts',
};

type ModuleFunction = (exports: object, require: (id: string) => unknown, module: LoadedModule, ...globals: unknown[]) => void;
interface LoadedModule {
  exports: object;
}

/** Compiled once per Node process and file version: every context evaluates the same text anew. */
const compiled = new Map<string, { changed: number; code: string }>();

/** One registry. */
export class ModuleRegistry {
  readonly #loaded = new Map<string, LoadedModule>();
  readonly #replaced: ReadonlyMap<string, object>;
  readonly #globals: object;

  /** `replaced` stands in for packages of these names; `globals` are seen by the code beside the real ones. */
  constructor(replaced: ReadonlyMap<string, object>, globals: object) {
    this.#replaced = replaced;
    this.#globals = globals;
  }

  /** The exports of a source file, evaluated at the first request. */
  load(file: string): object {
    const known = this.#loaded.get(file);
    if (known) return known.exports;
    const module: LoadedModule = { exports: {} };
    this.#loaded.set(file, module);
    try {
      if (extname(file) === '.json') {
        module.exports = JSON.parse(readFileSync(file, 'utf8')) as object;
      } else {
        this.#evaluate(file, module);
      }
    } catch (error) {
      // As Node does it: the next request tries again instead of getting half a module.
      this.#loaded.delete(file);
      throw error;
    }
    return module.exports;
  }

  #evaluate(file: string, module: LoadedModule): void {
    const names = ['exports', 'require', 'module', '__filename', '__dirname', ...Object.keys(this.#globals)];
    // Not node:vm: its scripts would belong to another realm under jest, where `instanceof Error` fails.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const run = new Function(...names, compile(file)) as ModuleFunction;
    const require = (id: string) => this.#resolve(id, file);
    run(module.exports, require, module, file, dirname(file), ...(Object.values(this.#globals) as unknown[]));
  }

  #resolve(id: string, from: string): unknown {
    const replaced = this.#replaced.get(id);
    if (replaced) return replaced;
    const own = OWN_ENTRIES[id];
    if (own !== undefined) return this.load(join(packageRoot, own));
    if (id.startsWith('.') || id.startsWith('/')) return this.load(find(resolve(dirname(from), id), from));
    return createRequire(from)(id) as unknown;
  }
}

/** The source file that an import means. */
function find(path: string, from: string): string {
  // An import of `./a.js` may mean `./a.ts`.
  const paths = [path, path.replace(/\.js$/, '')];
  for (const candidate of paths.flatMap((base) => SUFFIXES.map((suffix) => base + suffix))) {
    if (statSync(candidate, { throwIfNoEntry: false })?.isFile()) return candidate;
  }
  throw new Error(`${path}, imported by ${from}, is not there`);
}

/** CommonJS with a source map, under the file's own name in stack traces. */
function compile(file: string): string {
  const changed = statSync(file).mtimeMs;
  const known = compiled.get(file);
  if (known?.changed === changed) return known.code;
  const { outputText, sourceMapText = '{}' } = ts.transpileModule(readFileSync(file, 'utf8'), {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
      jsx: ts.JsxEmit.ReactJSX,
      sourceMap: true,
      inlineSources: true,
    },
  });
  const map = JSON.parse(sourceMapText) as { mappings: string };
  // `new Function` puts two lines of its own before the code.
  const shifted = JSON.stringify({ ...map, mappings: `;;${map.mappings}`, sources: [file] });
  const url = `data:application/json;base64,${Buffer.from(shifted).toString('base64')}`;
  const code = `${outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '')}\n//# sourceURL=${file}\n//# sourceMappingURL=${url}`;
  compiled.set(file, { changed, code });
  return code;
}
