/** An app that has the packed npm tarball installed, as `npm install` would leave it: what is not in the tarball, or not exported, is not there. */
import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './documents';

/** Below the repository, so that React Native and the tools are found in its `node_modules`. */
const APP = join(ROOT, 'build/packed-app');

/** What a run of a tool said. */
export interface Said {
  readonly ok: boolean;
  readonly output: string;
}

/** The app. */
export class PackedApp {
  /** Where it is. */
  readonly root = APP;

  /** Packs the library and installs it into an app without any code. */
  static install(): PackedApp {
    rmSync(APP, { recursive: true, force: true });
    const installed = join(APP, 'node_modules/react-native-zpns');
    mkdirSync(installed, { recursive: true });
    const quietly: ExecFileSyncOptionsWithStringEncoding = { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    execFileSync(process.execPath, ['scripts/build.mjs'], quietly);
    const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', APP], quietly);
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    execFileSync('tar', ['-xzf', join(APP, filename), '-C', installed, '--strip-components', '1']);
    const app = new PackedApp();
    app.write('package.json', JSON.stringify({ name: 'packed-app', version: '1.0.0', dependencies: { 'react-native-zpns': '*' } }));
    return app;
  }

  /** Writes a file of the app. */
  write(path: string, text: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Runs a program of Node's in the app. */
  run(program: string, ...args: string[]): Said {
    try {
      // Jest marks its processes; what runs here is not one of its workers.
      const { JEST_WORKER_ID: _worker, NODE_ENV: _environment, ...env } = process.env;
      const output = execFileSync(process.execPath, [join(ROOT, 'node_modules', program), ...args], {
        cwd: this.root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        env,
      });
      return { ok: true, output };
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      return { ok: false, output: stdout + stderr };
    }
  }
}
