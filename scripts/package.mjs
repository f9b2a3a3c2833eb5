// Builds lib/ and packs the npm tarball into the repository's root; prints what is in it, and fails if that is not what should be.
//
//   node scripts/package.mjs [--check]      --check leaves no tarball behind
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { entries, problems } from './package-files.cjs';

/** TypeScript and Swift are small; the XCFramework has a budget of its own. */
const MOST_KB_WITHOUT_FRAMEWORK = 1280;

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

execFileSync(process.execPath, [join(root, 'node_modules/react-native-builder-bob/bin/bob'), 'build'], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
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
const withoutFramework = files
  .filter(({ path }) => !path.startsWith('ios/ZpnsFFI.xcframework/'))
  .reduce((sum, { size: bytes }) => sum + bytes, 0);
if (withoutFramework > MOST_KB_WITHOUT_FRAMEWORK * 1024) {
  found.push(`${kilobytes(withoutFramework).trim()} without the XCFramework, at most ${MOST_KB_WITHOUT_FRAMEWORK} KB are allowed`);
}
for (const problem of found) console.error(`package: ${problem}`);
if (!files.some(({ path }) => path.startsWith('ios/ZpnsFFI.xcframework/'))) {
  console.error('package: no ios/ZpnsFFI.xcframework inside: good for tests, not for an app; `make package` builds it');
}
if (found.length > 0) process.exitCode = 1;
