/**
 * Runs a TypeScript file under Node as CommonJS: `node scripts/run-typescript.cjs FILE [ARGUMENT…]`. Types are not looked at here, `npm run
 * typecheck` does that.
 */
const { readFileSync } = require('node:fs');
const { resolve } = require('node:path');
const ts = require('typescript');

/** Compiled once, however often it is loaded. */
const compiled = new Map();

require.extensions['.ts'] = (module, filename) => {
  if (!compiled.has(filename)) compiled.set(filename, compile(filename));
  module._compile(compiled.get(filename), filename);
};

function compile(filename) {
  const { outputText } = ts.transpileModule(readFileSync(filename, 'utf8'), {
    fileName: filename,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, esModuleInterop: true, inlineSourceMap: true },
  });
  return outputText;
}

const [file, ...rest] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node scripts/run-typescript.cjs FILE [ARGUMENT…]');
  process.exit(2);
}
process.setSourceMapsEnabled(true);
process.argv.splice(1, process.argv.length - 1, resolve(file), ...rest);
require(resolve(file));
