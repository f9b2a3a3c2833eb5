/** What the npm tarball holds. `npm run package` asks the same about what it packs; here npm only says what it would. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { entries, problems } from '../package-files.cjs';

const ROOT = join(__dirname, '../..');
const named = entries((JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: Record<string, string> }).exports);

function packed(): string[] {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ files } = { files: [] }] = JSON.parse(output) as { files: { path: string }[] }[];
  return files.map(({ path }) => path);
}

jest.setTimeout(60_000);

test('the tarball holds sources, podspec and licence, and neither tests, stubs nor Rust', () => {
  // What is built may not be there yet, or be old: that is checked when it is packed.
  const paths = packed().filter((path) => !path.startsWith('lib/'));
  const sources = named.filter((path) => !path.startsWith('lib/'));
  expect(problems(paths, sources)).toEqual([]);
});

test('whatever is missing or does not belong there is named', () => {
  const good = packed().filter((path) => !path.startsWith('lib/'));
  for (const stray of [
    'src/__tests__/invoke.test.ts',
    'src/kit/module.js',
    'lib/commonjs/kit/module.js.map',
    'ios/Stubs/CallKit/CXCall.swift',
    'ios/Tests/ZpnsKitTests/Call.swift',
    'rust/core/src/lib.rs',
    'example/src/App.tsx',
    'AuthKey.p8',
    'ios/.DS_Store',
  ]) {
    expect(problems([...good, stray], [])).toContainEqual(expect.stringContaining(stray));
  }
  expect(
    problems(
      good.filter((path) => path !== 'react-native-zpns.podspec'),
      [],
    ),
  ).toEqual(['react-native-zpns.podspec is missing']);
  expect(problems(good, ['lib/commonjs/index.js'])).toEqual(['lib/commonjs/index.js is missing']);
  expect(named).toContain('lib/commonjs/kit/module.js');
});
