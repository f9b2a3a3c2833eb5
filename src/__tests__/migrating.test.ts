/** An app that has the npm tarball installed, and the configuration that docs/migrating-from-zego.md shows: TypeScript, Metro, jest and codegen. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './support/documents';
import { PackedApp } from './support/packedApp';

// Each tool reads React Native; a busy machine takes its time.
jest.setTimeout(240_000);

const guide = readFileSync(join(ROOT, 'docs/migrating-from-zego.md'), 'utf8');
const OURS = readFileSync(join(__dirname, 'types/zegoApp.ts'), 'utf8');
/** The same app before it was migrated. */
const ZEGOS = OURS.replace("from 'react-native-zpns/callkit'", "from 'zego-callkit-react-native'").replace(
  "from 'react-native-zpns'",
  "from 'zego-zpns-react-native'",
);
const WORKED = readFileSync(join(__dirname, 'scenarios/worked.test.ts'), 'utf8');

/** The code block of the guide that holds this text. */
function block(language: string, holding: string): string {
  const blocks = [...guide.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, of, code]) => of === language && code?.includes(holding));
  expect(blocks).toHaveLength(1);
  return blocks[0]?.[2] ?? '';
}

let app: PackedApp;

beforeAll(() => {
  app = PackedApp.install();
  app.write('babel.config.js', `module.exports = { presets: ['module:@react-native/babel-preset'] };`);
});

describe('TypeScript', () => {
  /** What the compiler says about this file, strictly, with these paths. */
  const compile = (name: string, code: string, paths = {}) => {
    app.write(name, code);
    const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as { compilerOptions: object };
    // React Native's own condition, as its TypeScript configuration has it; not the one by which this repository reads its sources.
    const options = { ...compilerOptions, customConditions: ['react-native'], paths };
    app.write('tsconfig.json', JSON.stringify({ compilerOptions: options, files: [name] }));
    return app.run('typescript/bin/tsc', '--noEmit', '-p', '.');
  };

  test('an app written against ZEGO’s declarations compiles with the packed package', () => {
    expect(compile('app.ts', OURS)).toEqual({ ok: true, output: '' });
    expect(compile('worked.ts', WORKED)).toEqual({ ok: true, output: '' });
  });

  test('an app that imports ZEGO’s packages by name compiles with the paths of the guide', () => {
    expect(ZEGOS).not.toContain("'react-native-zpns");
    const { compilerOptions } = JSON.parse(block('json', 'compilerOptions')) as { compilerOptions: { paths: object } };
    expect(compile('zego.ts', ZEGOS, compilerOptions.paths)).toEqual({ ok: true, output: '' });
    expect(compile('zego.ts', ZEGOS).output).toContain("Cannot find module 'zego-zpns-react-native'");
  });
});

test('Metro finds this package under ZEGO’s names with the configuration of the guide', () => {
  app.write('metro.guide.js', block('js', 'resolveRequest'));
  // Where the packages of an app are; here they are one folder up.
  app.write(
    'metro.config.js',
    `const { mergeConfig } = require('@react-native/metro-config');
     module.exports = mergeConfig(require('./metro.guide.js'), { watchFolders: [${JSON.stringify(join(ROOT, 'node_modules'))}] });`,
  );
  app.write('app.ts', ZEGOS);
  app.write('index.js', `import './app';`);
  const { ok, output } = app.run('metro/src/cli.js', 'build', 'index.js', '--platform', 'ios', '--out', 'main.jsbundle.js');
  expect({ ok, output: ok ? '' : output }).toEqual({ ok: true, output: '' });
  const bundle = readFileSync(join(app.root, 'main.jsbundle.js'), 'utf8');
  expect(bundle).toContain('is not a supported event type.');
  expect(bundle).not.toContain('The in-memory phone');
});

test('jest finds this package under ZEGO’s names with the mapping of the guide', () => {
  const { moduleNameMapper } = JSON.parse(block('json', 'moduleNameMapper')) as { moduleNameMapper: object };
  app.write('jest.config.js', `module.exports = ${JSON.stringify({ preset: '@react-native/jest-preset', moduleNameMapper })};`);
  const zegos = WORKED.replace(
    "import ZPNs, { CallKit, CXCallEndedReason } from 'react-native-zpns';",
    "import ZPNs from 'zego-zpns-react-native';\nimport CallKit, { CXCallEndedReason } from 'zego-callkit-react-native';",
  );
  expect(zegos).not.toBe(WORKED);
  app.write('worked.test.ts', WORKED);
  app.write('zego.test.ts', zegos);
  const { ok, output } = app.run('jest/bin/jest.js', '--runInBand', '--rootDir', app.root);
  expect({ ok, output: ok ? '' : output }).toEqual({ ok: true, output: '' });
});

test('React Native’s codegen finds the module in the packed package', () => {
  const { ok, output } = app.run(
    'react-native/scripts/generate-codegen-artifacts.js',
    ...['--path', app.root, '--outputPath', join(app.root, 'ios'), '--targetPlatform', 'ios'],
  );
  expect({ ok, output: ok ? '' : output }).toEqual({ ok: true, output: '' });
  const generated = (name: string) => readFileSync(join(app.root, 'ios/build/generated/ios/ReactCodegen', name), 'utf8');
  expect(generated('RNZpnsSpec/RNZpnsSpec.h')).toContain('@protocol NativeZpnsSpec');
  expect(generated('RCTModuleProviders.mm')).toContain('@"Zpns": @"RCTZpns"');
});
