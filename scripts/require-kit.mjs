// Before npm packs: without the kit in lib/ the package would install and then fail in every test that uses it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KIT_MODULE } from './package-files.cjs';

if (!existsSync(join(import.meta.dirname, '..', KIT_MODULE))) {
  console.error(`package: ${KIT_MODULE} is not built: run \`make package\`, which builds it and packs`);
  process.exit(1);
}
