// Runs React Native's codegen on the spec and compares what it makes of it with the ObjC++ class that implements it. Xcode would find the same
// differences, but only on a Mac.
//
//   node scripts/codegen-check.mjs [--shim DIR]      DIR holds the .mm files; ios/Sources/ZpnsBridge if left out
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({ options: { shim: { type: 'string', default: join(root, 'ios/Sources/ZpnsBridge') } } });
const { codegenConfig } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const [[moduleName, { className }]] = Object.entries(codegenConfig.ios.modules);

/** What React Native itself calls on a module. */
const INHERITED = ['init', 'dealloc', 'getTurboModule:', 'setEventEmitterCallback:', 'invalidate'];

const generated = generate();
const shim = readdirSync(values.shim)
  .filter((name) => name.endsWith('.mm'))
  .map((name) => readFileSync(join(values.shim, name), 'utf8'))
  .join('\n');
const spec = readFileSync(join(root, codegenConfig.jsSrcsDir, `Native${moduleName}.ts`), 'utf8');
const problems = compare(generated, shim, spec);
for (const problem of problems) console.error(`codegen-check: ${problem}`);
if (problems.length > 0) process.exit(1);
console.log(`codegen-check: ${className} implements Native${moduleName}Spec: ${methods(protocolOf(generated)).map(selector).join(' ')}`);

/** The header that React Native's codegen generates from the spec. */
function generate() {
  const output = mkdtempSync(join(tmpdir(), 'zpns-codegen-'));
  try {
    const script = join(root, 'node_modules/react-native/scripts/generate-codegen-artifacts.js');
    const args = ['--path', root, '--outputPath', output, '--targetPlatform', 'ios', '--source', 'library'];
    execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    const { name } = codegenConfig;
    return readFileSync(join(output, 'build/generated/ios/ReactCodegen', name, `${name}.h`), 'utf8');
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

/** Everything in which they differ, in words. */
function compare(header, implementation, source) {
  const found = [];
  const wanted = methods(protocolOf(header));
  const body = new RegExp(`@implementation ${className}\\b(.*?)@end`, 's').exec(implementation)?.[1];
  if (body === undefined) return [`no @implementation ${className}, which package.json's codegenConfig names`];
  const there = methods(body);

  for (const method of wanted) {
    const same = there.find((candidate) => selector(candidate) === selector(method));
    if (same === undefined) found.push(`the spec has ${method}, ${className} does not implement it`);
    else if (same !== method) found.push(`the spec has ${method}, ${className} implements ${same}`);
  }
  for (const method of there) {
    const name = selector(method);
    const known = INHERITED.includes(name) || wanted.some((other) => selector(other) === name);
    // What the class calls on itself is its own business.
    const own = new RegExp(`\\[(self|weakSelf|strongSelf)\\s+${name.split(':')[0]}\\b`).test(body);
    if (!known && !own) found.push(`${className} implements ${method}, the spec does not have it`);
  }

  if (!new RegExp(`\\+ ?\\(NSString \\*\\)moduleName\\s*\\{\\s*return @"${moduleName}";`).test(body)) {
    found.push(`${className}'s moduleName is not ${moduleName}, which TypeScript asks for`);
  }
  const emitted = [
    ...new Set(
      [...body.matchAll(/emitOnEvent:@\{(.*?)\}\]/gs)].flatMap(([, keys]) => [...keys.matchAll(/@"(\w+)" ?:/g)].map(([, key]) => key)),
    ),
  ];
  const fields = [...(/export interface NativeEvent \{(.*?)^\}/ms.exec(source)?.[1] ?? '').matchAll(/^ {2}(\w+): /gm)].map(
    ([, field]) => field,
  );
  if (emitted.sort().join() !== fields.sort().join())
    found.push(`events have the fields ${fields.join(', ')}; ${className} emits ${emitted.join(', ')}`);
  return found;
}

function protocolOf(header) {
  return new RegExp(`@protocol Native${moduleName}Spec\\b(.*?)@end`, 's').exec(header)?.[1] ?? '';
}

/** The instance methods in a piece of Objective-C, each in one line without parameter names, as `- (void)listen:(NSString *)`. */
function methods(text) {
  return [...text.matchAll(/^- ?\([^)]*\)[^;{]+/gm)].map(([method]) =>
    method
      .replace(/\s+/g, ' ')
      .replace(/^- ?/, '- ')
      .replace(/(\w*:)\s*(\((?:[^()]|\([^()]*\))*\))\s*\w+/g, '$1$2')
      .trim(),
  );
}

/** `listen:` of `- (void)listen:(NSString *)`. */
function selector(method) {
  return method.replace(/\((?:[^()]|\([^()]*\))*\)/g, '').replace(/[- ]/g, '');
}
