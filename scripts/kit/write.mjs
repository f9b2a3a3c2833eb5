// Puts the module that Cargo built where JavaScript finds it, and refuses one that is too large or tells of this machine.
//
//   node scripts/kit/write.mjs [--any-size] MODULE.wasm FOLDER…
//
// No FOLDER may be named in the module. One that is too large is written all the same, for it works; the exit code tells.
import { Buffer } from 'node:buffer';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

/** It is in the npm package and is loaded by every test file that uses it. */
const MOST_BYTES = 1_000_000;
const MOST_GZIPPED_BYTES = 320_000;

/** What rustup's standard library calls its own sources. */
const NAMES_OF_STD = ['/rustc/', '/rust/deps/'];

const root = join(import.meta.dirname, '../..');
const { values, positionals } = parseArgs({ options: { 'any-size': { type: 'boolean', default: false } }, allowPositionals: true });
const [module, ...folders] = positionals;
const bytes = readFileSync(module);
const gzipped = gzipSync(bytes, { level: 9 }).length;
const text = bytes.toString('latin1');

const sources = (text.match(/(?<![\w.>-])\/[\w.+-]+\/[\w./+-]+\.rs\b/g) ?? []).filter(
  (name) => !NAMES_OF_STD.some((own) => name.startsWith(own)),
);
const named = new Set([...folders.filter((folder) => text.includes(`${folder}/`)), ...sources]);
for (const path of named) console.error(`kit: the module names ${path}: a folder of this machine must not be in it`);
if (named.size > 0) process.exit(1);

write(join(root, 'build/kit/zpns-kit.wasm'), bytes);
write(join(root, 'src/kit/module.js'), Buffer.from(`// Written by \`make kit\`.\nmodule.exports =\n  '${bytes.toString('base64')}';\n`));
console.log(`kit: ${bytes.length} bytes, ${gzipped} bytes gzip`);

const size = (count) => count.toLocaleString('en');
if (bytes.length > MOST_BYTES) tooLarge(`${size(bytes.length)} bytes, at most ${size(MOST_BYTES)} are allowed`);
if (gzipped > MOST_GZIPPED_BYTES) tooLarge(`${size(gzipped)} bytes after gzip, at most ${size(MOST_GZIPPED_BYTES)} are allowed`);

function tooLarge(words) {
  console.error(`kit: the module is too large: ${words}`);
  if (!values['any-size']) process.exitCode = 1;
}

/** All at once, so that nobody reads half of it; and only what is new, so that nothing that watches it starts for nothing. */
function write(file, content) {
  if (existsSync(file) && readFileSync(file).equals(content)) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}
