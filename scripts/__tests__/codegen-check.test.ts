/** The check that the ObjC++ class implements the spec, given classes that do and that do not. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const shim = readFileSync(join(ROOT, 'ios/Sources/ZpnsBridge/RCTZpns.mm'), 'utf8');

/** Runs React Native's codegen, which takes seconds. */
jest.setTimeout(60_000);

function check(source: string): { status: number | null; said: string } {
  const folder = mkdtempSync(join(tmpdir(), 'zpns-shim-'));
  try {
    writeFileSync(join(folder, 'RCTZpns.mm'), source);
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/codegen-check.mjs'), '--shim', folder], {
      encoding: 'utf8',
    });
    return { status, said: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('the class as it is implements the spec', () => {
  expect(check(shim)).toEqual({ status: 0, said: expect.stringContaining('invoke:params:resolve:reject: listen: unlisten:') as string });
});

test('every kind of drift is found and named', () => {
  const drifted = shim
    .replace('- (void)listen:(NSString *)type', '- (void)listenTo:(NSString *)type')
    .replace('- (void)unlisten:(NSString *)type', '- (void)unlisten:(NSNumber *)type')
    .replace('return @"Zpns"', 'return @"ZPNs"')
    .replace('@"flushed" : @(flushed), ', '');
  const { status, said } = check(drifted);
  expect(status).toBe(1);
  for (const problem of [
    'the spec has - (void)listen:(NSString *), RCTZpns does not implement it',
    'RCTZpns implements - (void)listenTo:(NSString *), the spec does not have it',
    'the spec has - (void)unlisten:(NSString *), RCTZpns implements - (void)unlisten:(NSNumber *)',
    "RCTZpns's moduleName is not Zpns",
    'RCTZpns emits at, body, seq, type',
  ]) {
    expect(said).toContain(problem);
  }
});
