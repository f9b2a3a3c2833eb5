// Builds lib/: bob compiles the TypeScript; the kit's module has nothing to compile and is copied.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KIT_MODULE } from './package-files.cjs';

const root = join(import.meta.dirname, '..');
const module = join(root, 'src/kit/module.js');
if (!existsSync(module)) {
  console.error('build: the kit is not built, and the package must hold it: run `make kit` first');
  process.exit(1);
}

execFileSync(process.execPath, [join(root, 'node_modules/react-native-builder-bob/bin/bob'), 'build'], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const copy = join(root, KIT_MODULE);
mkdirSync(dirname(copy), { recursive: true });
copyFileSync(module, copy);
