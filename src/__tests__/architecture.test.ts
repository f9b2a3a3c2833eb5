/** ARCHITECTURE.md says who may import whom, and where the way of a push leads: both are compared with the sources. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, rows } from './support/documents';

const table = rows(readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8'));

/** What stands between backticks. */
function code(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

test('every crate imports what ARCHITECTURE.md allows it, and no other', () => {
  const allowed = table
    .filter(({ cells }) => cells.has('may import'))
    .map(({ cells }) => [code(cells.get('crate') ?? '')[0] ?? '', code(cells.get('may import') ?? '').sort()] as const);
  const actual = readdirSync(join(ROOT, 'rust')).flatMap((folder) => {
    const manifest = readFileSync(join(ROOT, 'rust', folder, 'Cargo.toml'), 'utf8');
    const [, name = ''] = /^name = "(.+)"$/m.exec(manifest) ?? [];
    const dependencies = manifest.split(/^\[/m).find((section) => section.startsWith('dependencies]')) ?? '';
    const ours = [...dependencies.matchAll(/^(zpns-[\w-]+)/gm)].map(([, crate = '']) => crate).sort();
    // The generator of bindings is a tool that imports nothing of ours.
    return name === 'zpns-bindgen' ? [] : [[name, ours] as const];
  });
  expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(allowed));
});

const steps = table.filter(({ cells }) => cells.has('function'));

test.each(steps.map(({ cells }) => [cells.get('step') ?? '', cells] as const))('the way of a push: %s', (_step, cells) => {
  const files = [...(cells.get('where') ?? '').matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => readFileSync(join(ROOT, path), 'utf8'));
  const missing = code(cells.get('function') ?? '').filter((name) => {
    const definition = new RegExp(`\\b(?:fn|func|function) ${name}\\b`);
    return !files.some((source) => definition.test(source));
  });
  expect(files.length).toBeGreaterThan(0);
  expect(missing).toEqual([]);
});

test('the way of a push has steps', () => expect(steps.length).toBeGreaterThan(10));
