/** Phones in Node processes and workers of their own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../packageRoot';

const RUN = join(packageRoot, 'scripts', 'run-typescript.cjs');
const fixture = (name: string) => join(__dirname, '__fixtures__', name);

async function run(name: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [RUN, fixture(name)], { timeout: 60_000 });
  return stdout;
}

test('answers are waited for, and then a phone that is on does not keep Node running', async () => {
  await expect(run('idlePhone.ts')).resolves.toMatch(/^version \d/);
}, 60_000);

test('a stack trace names the line in the source', async () => {
  await expect(run('stackTrace.ts')).resolves.toMatch(/failing\.ts:6:/);
}, 60_000);

test('worker threads have phones of their own, also several at once', async () => {
  const work = () =>
    new Promise<string>((resolve, reject) => {
      const worker = new Worker(RUN, { argv: [fixture('idlePhone.ts')], stdout: true });
      let output = '';
      worker.stdout.on('data', (piece) => (output += String(piece)));
      worker.on('error', reject);
      worker.on('exit', () => resolve(output));
    });
  const outputs = await Promise.all([work(), work()]);
  for (const output of outputs) expect(output).toMatch(/^version \d/);
}, 60_000);
