/** The configuration that docs/migrating-from-zego.md shows does what it says. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '../..');
const guide = readFileSync(join(ROOT, 'docs/migrating-from-zego.md'), 'utf8');
const NAMES = { 'zego-zpns-react-native': 'react-native-zpns', 'zego-callkit-react-native': 'react-native-zpns/callkit' };

/** The code block that holds this text. */
function block(language: string, holding: string): string {
  const blocks = [...guide.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, of, code]) => of === language && code?.includes(holding));
  expect(blocks).toHaveLength(1);
  return blocks[0]?.[2] ?? '';
}

test('Metro finds this package under ZEGO’s names with the configuration of the guide', () => {
  const asked = [...Object.keys(NAMES), 'react'];
  const resolve = `(name) => module.exports.resolver.resolveRequest({ resolveRequest: (_context, name) => name }, name, 'ios')`;
  const program = `${block('js', 'resolveRequest')}\nconsole.log(JSON.stringify(${JSON.stringify(asked)}.map(${resolve})));`;
  // In a process of its own: Metro is not loaded by jest.
  const said = execFileSync(process.execPath, ['-e', program], { cwd: ROOT, encoding: 'utf8' });
  expect(JSON.parse(said)).toEqual([...Object.values(NAMES), 'react']);
});

test('jest finds this package under ZEGO’s names with the mapping of the guide', () => {
  const { moduleNameMapper } = JSON.parse(block('json', 'moduleNameMapper')) as { moduleNameMapper: Record<string, string> };
  const mapped = (name: string) => Object.entries(moduleNameMapper).find(([pattern]) => new RegExp(pattern).test(name))?.[1];
  for (const [theirs, ours] of Object.entries(NAMES)) expect(mapped(theirs)).toBe(ours);
  expect(mapped('zego-zpns-react-native-other')).toBeUndefined();
});

// The compiler reads React Native's types, which takes seconds on a busy machine.
test('an app that imports ZEGO’s packages by name compiles with the paths of the guide', () => {
  const { compilerOptions } = JSON.parse(block('json', 'compilerOptions')) as { compilerOptions: { paths: Record<string, string[]> } };
  // Where an app has the package, this repository has its sources.
  const here = (path: string) =>
    path.replace(/^\.\/node_modules\/react-native-zpns(\/lib\/typescript\/src)?/, (_all, inside?: string) =>
      join(ROOT, inside === undefined ? 'src/index.ts' : 'src'),
    );
  const paths = Object.fromEntries(Object.entries(compilerOptions.paths).map(([name, to]) => [name, to.map(here)]));
  const configFile = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(configFile.config, ts.sys, ROOT);
  const own = readFileSync(join(__dirname, 'types/zegoApp.ts'), 'utf8');
  const zego = own
    .replace("from 'react-native-zpns/callkit'", "from 'zego-callkit-react-native'")
    .replace("from 'react-native-zpns'", "from 'zego-zpns-react-native'");
  expect(zego).not.toContain("'react-native-zpns");
  const file = join(__dirname, 'appOfZego.ts');
  const real = ts.createCompilerHost(options);
  const said = (over: ts.CompilerOptions): string[] => {
    const host: ts.CompilerHost = {
      ...real,
      fileExists: (path) => path === file || real.fileExists(path),
      getSourceFile: (path, ...rest) =>
        path === file ? ts.createSourceFile(path, zego, ts.ScriptTarget.ESNext, true) : real.getSourceFile(path, ...rest),
    };
    const program = ts.createProgram([file], { ...options, ...over }, host);
    return ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  };
  expect(said({ paths })).toEqual([]);
  expect(said({}).join()).toContain("Cannot find module 'zego-zpns-react-native'");
}, 60_000);
