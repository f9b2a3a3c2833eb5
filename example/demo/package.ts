/** Loads the package for a phone, as the app on it does: each phone and each start of JavaScript has a copy of its own. */
import { join, sep } from 'node:path';
import type * as Package from '../../src';
import type { ZpnsMock } from '../../src/jest';

/** What the package exports. */
export type PackageExports = typeof Package;

const SOURCES = join(__dirname, '../../src');

/** Starts JavaScript on this phone. */
export function loadPackage(phone: ZpnsMock): PackageExports {
  const others = takeFromCache();
  try {
    // The copy has to be loaded now, and by none but this phone.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return phone.load(() => require(SOURCES) as PackageExports);
  } finally {
    takeFromCache();
    Object.assign(require.cache, others);
  }
}

/** What is loaded of the package is forgotten. */
function takeFromCache(): NodeJS.Dict<NodeJS.Module> {
  const taken: NodeJS.Dict<NodeJS.Module> = {};
  for (const file of Object.keys(require.cache).filter((name) => name.startsWith(SOURCES + sep))) {
    taken[file] = require.cache[file];
    Reflect.deleteProperty(require.cache, file);
  }
  return taken;
}
