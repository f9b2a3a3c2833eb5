/**
 * Measures the kit: its size, how long it takes to load, how soon a phone rings, how many phones a second live through a call, and how long
 * the scenarios take. Prints a table, writes bench/results/kit.json, and fails if a bar is missed.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const ROOT = join(import.meta.dirname, '..');
const LOAD = join(ROOT, 'lib/commonjs/kit/load.js');

/** What is measured in a process of its own, from nothing: milliseconds. */
const COLD = `
  const began = performance.now();
  const { loadKit } = require(${JSON.stringify(LOAD)});
  const read = performance.now();
  const kit = loadKit();
  const loaded = performance.now();
  const does = (command) => JSON.parse(kit.call(JSON.stringify(command)));
  does({ op: 'newPhone', options: { voipAtLaunch: true } });
  does({ op: 'launch', phone: 0 });
  does({ op: 'kill', phone: 0 });
  const { out } = does({ op: 'invite', phone: 0, invitation: { callID: 'call-1' } });
  const rang = performance.now();
  if (!out.some(({ entry }) => entry?.type === 'ringing')) throw new Error('the phone does not ring');
  const phones = 500;
  for (let n = 1; n <= phones; n += 1) {
    does({ op: 'newPhone', options: { voipAtLaunch: true } });
    does({ op: 'launch', phone: n });
    does({ op: 'kill', phone: n });
    const { out } = does({ op: 'push', phone: n, kind: 'voip', payload: JSON.stringify({ call_id: 'call-' + n }) });
    const { uuid } = out.map(({ entry }) => entry).find((entry) => entry?.type === 'ringing');
    does({ op: 'end', phone: n, uuid });
    does({ op: 'kill', phone: n });
  }
  const lived = performance.now();
  console.log(JSON.stringify({ read: read - began, load: loaded - read, ring: rang - loaded, perSecond: (phones * 1000) / (lived - rang) }));
`;

const wasm = readFileSync(join(ROOT, 'build/kit/zpns-kit.wasm'));
const runs = Array.from({ length: 11 }, () => JSON.parse(execFileSync(process.execPath, ['-e', COLD], { encoding: 'utf8' })));
const median = (name) => runs.map((run) => run[name]).sort((one, other) => one - other)[runs.length >> 1];
const packed = gzipSync(wasm, { level: 9 });
const kilobytes = ({ length }) => `${(length / 1000).toFixed(0)} KB`;

/** Seconds that a command takes whose parts are built. */
function seconds(program, ...args) {
  const began = performance.now();
  execFileSync(program, args, { cwd: ROOT, stdio: 'ignore' });
  return (performance.now() - began) / 1000;
}

const rust = ['test', '--quiet', '--package', 'zpns-kit', '--test', 'scenarios'];
execFileSync('cargo', [...rust, '--no-run'], { cwd: ROOT, stdio: 'inherit' });
const jest = ['node_modules/jest/bin/jest.js', '--silent'];

const rows = [
  ['the kit, raw', wasm.length, 1_000_000, kilobytes(wasm)],
  ['the kit, gzip', packed.length, 320_000, kilobytes(packed)],
  ['require: read and parse the file that holds it as text', median('read'), undefined, `${median('read').toFixed(1)} ms`],
  ['load: decode, compile, instantiate', median('load'), 10, `${median('load').toFixed(1)} ms`],
  ['first ring: a phone made, its app launched and killed, then invited', median('ring'), undefined, `${median('ring').toFixed(1)} ms`],
  ['phones a second: made, launched, killed, pushed, rung, declined', median('perSecond'), undefined, `${median('perSecond').toFixed(0)}`],
  ['scenarios, Rust', seconds('cargo', ...rust), undefined],
  ['scenarios, jest in memory', seconds(process.execPath, ...jest, 'src/__tests__/scenarios/memory'), undefined],
  ['scenarios, jest against the shipped gateway', seconds(process.execPath, ...jest, 'src/__tests__/scenarios/shipped'), undefined],
].map(([what, value, bar, text = `${value.toFixed(1)} s`]) => ({ what, value: Math.round(value * 100) / 100, bar, text }));

console.log('\n| the kit | | at most |\n|---|---|---|');
for (const { what, text, bar } of rows) console.log(`| ${what} | ${text} | ${bar === undefined ? '' : bar.toLocaleString('en')} |`);
writeFileSync(join(ROOT, 'bench/results/kit.json'), `${JSON.stringify(rows, null, 2)}\n`);
const missed = rows.filter(({ value, bar }) => bar !== undefined && value > bar);
for (const { what, value, bar } of missed) console.error(`bench: ${what}: ${value}, at most ${bar} are allowed`);
process.exit(missed.length === 0 ? 0 : 1);
