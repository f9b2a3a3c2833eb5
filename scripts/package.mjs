// Builds lib/ and packs the npm tarball into the repository's root; prints what is in it, and fails if that is not what should be.
//
//   node scripts/package.mjs [--check]      --check leaves no tarball behind
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { entries, KIT_MODULE, problems } from './package-files.cjs';

/** TypeScript and Swift are small; the XCFramework and the kit's module have budgets of their own. */
const MOST_KB_OF_SOURCES = 1280;
const hasItsOwnBudget = (path) => path === KIT_MODULE || path.startsWith('ios/ZpnsFFI.xcframework/');

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

try {
  execFileSync(process.execPath, [join(import.meta.dirname, 'build.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
} catch {
  // It said why.
  process.exit(1);
}
const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', ...(values.check ? ['--dry-run'] : [])], {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
});
const [{ filename, files, size, unpackedSize }] = JSON.parse(packed);

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1).padStart(8)} KB`;
for (const { path, size: bytes } of files) console.log(`${kilobytes(bytes)}  ${path}`);
console.log(
  `${kilobytes(unpackedSize)}  in ${files.length} files; packed ${kilobytes(size).trim()}${values.check ? '' : ` as ${filename}`}`,
);

const found = problems(
  files.map(({ path }) => path),
  entries(exports),
);
const sources = files.filter(({ path }) => !hasItsOwnBudget(path)).reduce((sum, { size: bytes }) => sum + bytes, 0);
if (sources > MOST_KB_OF_SOURCES * 1024) {
  found.push(`${kilobytes(sources).trim()} without the XCFramework and the kit, at most ${MOST_KB_OF_SOURCES} KB are allowed`);
}
for (const problem of found) console.error(`package: ${problem}`);
if (!files.some(({ path }) => path.startsWith('ios/ZpnsFFI.xcframework/'))) {
  console.error('package: no ios/ZpnsFFI.xcframework inside: good for tests, not for an app; `make package` builds it');
}
if (found.length > 0) process.exitCode = 1;
