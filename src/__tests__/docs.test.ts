/** The documents keep to what is there: the tests they name exist, and their links lead somewhere. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  anchors,
  constantOf,
  constants,
  dead,
  documents,
  held,
  jestTests,
  links,
  ROOT,
  rustTests,
  swiftTests,
  tests,
} from './support/documents';

const all = documents();
const known = tests();

test.each(all.map((document) => [document.path, document] as const))('%s names tests that exist', (_path, { text }) => {
  const unknown = held(text).flatMap(({ line, names }) => names.filter((name) => !known.has(name)).map((name) => `${line}: ${name}`));
  expect(unknown).toEqual([]);
});

test.each(all.map((document) => [document.path, document] as const))(
  '%s says of everything that is held by what it is',
  (_path, { text }) => {
    expect(held(text).filter(({ names, links }) => names.length + links.length === 0)).toEqual([]);
  },
);

test.each(all.map((document) => [document.path, document] as const))('%s links to what is there', (_path, document) => {
  const broken = links(document.text).flatMap((link) => {
    const problem = dead(document, link);
    return problem === undefined ? [] : [`${link.line}: ${link.target}: ${problem}`];
  });
  expect(broken).toEqual([]);
});

test('the numbers in the documents are those of the sources', () => {
  const given = all.flatMap(constants);
  const real = given.map(({ name, file }) => ({ name, file, value: constantOf(readFileSync(join(ROOT, file), 'utf8'), name) }));
  expect(given).toEqual(real);
  expect(given.length).toBeGreaterThan(20);
});

test.each(['README.md', 'README.zh-CN.md'])('%s links to every guide', (readme) => {
  const text = all.find(({ path }) => path === readme)?.text ?? '';
  const linked = new Set(links(text).map(({ target }) => target));
  const guides = all.map(({ path }) => path).filter((path) => path.startsWith('docs/'));
  expect(guides.filter((path) => !linked.has(path))).toEqual([]);
});

test('a test is found by its name in each language', () => {
  expect(rustTests('#[test]\nfn one() {}\n#[tokio::test(flavor = "x")]\n#[ignore]\nasync fn two() {}\nfn three() {}')).toEqual([
    'one',
    'two',
  ]);
  expect(swiftTests('@Test func one() {}\n  @Test(.timeLimit(1)) func two() {}\nfunc three() {}')).toEqual(['one', 'two']);
  expect(jestTests("test('one', () => it.only(`two`, f)); test.each([['x', f()]])('%s is three', f); describe('four', f);")).toEqual([
    'one',
    'two',
    '%s is three',
  ]);
});

test('a constant is read as it is computed, if there is one of its name', () => {
  expect(constantOf('pub(crate) const MOST: u64 = 15 * 60 * 1_000;', 'MOST')).toBe(900_000);
  expect(constantOf('const MOST: u64 = 1; const MOST: u64 = 2;', 'MOST')).toBeUndefined();
  expect(constantOf('const MOST: u64 = other();', 'MOST')).toBeUndefined();
});

test('names are read from the column and from the line, and nowhere else', () => {
  const text = [
    'Some `code`. Held by `one`, [a scenario](s.json), `two two`,',
    '`two and a half`. And `more`.',
    '| what | Held by | else |',
    '|---|---|---|',
    '| `x` | `three`, [s](s.json) | `y` |',
    '| `x` | nothing yet | `y` |',
    '',
    '| what | else |',
    '|---|---|',
    '| `x` | `y` |',
    '```',
    'Held by `four`',
    '```',
  ].join('\n');
  expect(held(text)).toEqual([
    { line: 1, names: ['one', 'two two', 'two and a half'], links: ['s.json'] },
    { line: 5, names: ['three'], links: ['s.json'] },
    { line: 6, names: [], links: [] },
  ]);
});

test('links are followed to files and headings', () => {
  const text = '# What it *is*: `a` thing\n## Again\n## Again\n[1](#what-it-is-a-thing) [2](#again-1) [3](https://example.com) `[4](no)`\n';
  const document = { path: 'docs/here.md', text };
  expect([...anchors(text)]).toEqual(['what-it-is-a-thing', 'again', 'again-1']);
  expect(links(text).map((link) => dead(document, link))).toEqual([undefined, undefined]);
  for (const target of ['nowhere.md', '#nothing', '../README.md#nothing'])
    expect(dead(document, { line: 1, target })).toMatch(/no heading|not exist/);
  expect(dead(document, { line: 1, target: '../README.md#try-it' })).toBeUndefined();
});
