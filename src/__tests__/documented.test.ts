/** The React Native code of ZEGO's document on VoIP notifications, character for character but for the package's name, against this package. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import ZPNs, { CallKit, type ZIMPushConfig } from '..';
import { type Bench, eventually, makeBench } from './support/bench';

const ROOT = join(__dirname, '../..');
const snippets = ['1-permission', '2-register', '3-pushid', '4-push-config'].map((name) =>
  readFileSync(join(__dirname, `__fixtures__/voip-notification/${name}.ts`), 'utf8'),
);
/** One app: the document shows its imports once, and leaves that of the type out. */
const app = [...snippets, "import type { ZIMPushConfig } from 'react-native-zpns';", 'export { CallKit, pushConfig };'].join('\n');

/** What the compiler says to each of these files, with the settings of this package. */
function diagnose(sources: Record<string, string>): Record<string, string[]> {
  const configFile = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(configFile.config, ts.sys, ROOT);
  const files = new Map(Object.entries(sources).map(([name, text]) => [join(__dirname, name), text]));
  const real = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...real,
    fileExists: (path) => files.has(path) || real.fileExists(path),
    getSourceFile: (path, ...rest) => {
      const text = files.get(path);
      return text === undefined ? real.getSourceFile(path, ...rest) : ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
    },
  };
  const program = ts.createProgram([...files.keys()], options, host);
  const said = (path: string): string[] =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  return Object.fromEntries(Object.keys(sources).map((name) => [name, said(join(__dirname, name))]));
}

// The compiler reads React Native's types, which takes seconds on a busy machine.
jest.setTimeout(60_000);

test('the documented code compiles, strictly', () => {
  const said = diagnose({ 'app.ts': app, 'wrong.ts': app.replace('enableIOSVoIP', 'enableVoIP') });
  expect(said['app.ts']).toEqual([]);
  expect(said['wrong.ts']?.join()).toContain("'enableVoIP' does not exist");
});

test('an app written against ZEGO’s declarations compiles, and one that is wrong does not', () => {
  const zego = readFileSync(join(__dirname, 'types/zegoApp.ts'), 'utf8');
  const said = diagnose({ 'zegoApp.ts': zego, 'zegoWrong.ts': zego.replaceAll('action.onHold', 'action.isOnHold') });
  expect(said['zegoApp.ts']).toEqual([]);
  expect(said['zegoWrong.ts']?.join()).toContain("'isOnHold' does not exist");
});

describe('on a phone', () => {
  let bench: Bench;

  beforeEach(() => {
    bench = makeBench();
  });

  afterEach(() => {
    ZPNs.getInstance().off('registered');
    jest.restoreAllMocks();
    bench.dispose();
  });

  test('the documented code runs: permission, environment, registration, pushID', async () => {
    const invoke = jest.spyOn(bench.native, 'invoke');
    const lines: string[] = [];
    jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
    const { outputText } = ts.transpileModule(app, { compilerOptions: { module: ts.ModuleKind.CommonJS, esModuleInterop: true } });
    const exported: { pushConfig?: ZIMPushConfig; CallKit?: unknown } = {};
    // The compiled app, given the package under its name as Metro gives it.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
    new Function('require', 'exports', outputText)(jest.requireActual, exported);

    const line = await eventually(() => lines.at(-1), 'the app printed its pushID');
    expect(line).toMatch(/^\[ZPNs\] registered\. pushID: zpl_[\w-]+, error: 0$/);
    const facts = Buffer.from(/zpl_([\w-]+)/.exec(line)?.[1] ?? '', 'base64url').toString();
    expect(JSON.parse(facts)).toMatchObject({ env: 'development', voip: expect.stringMatching(/^[0-9a-f]+$/) as string });
    expect(invoke.mock.calls).toEqual([
      ['applyNotificationPermission', '{}'],
      ['enableDebug', '{"isDebug":true}'],
      ['registerPush', '{"enableIOSVoIP":true}'],
    ]);
    expect(exported.pushConfig?.voIPConfig).toEqual({
      iOSVoIPHandleType: 1,
      iOSVoIPHandleValue: '发送方联系人信息',
      iOSVoIPHasVideo: true,
    });
    expect(exported.CallKit).toBe(CallKit);
  });
});
