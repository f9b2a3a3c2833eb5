import { resolve } from 'node:path';

/** Folder of this package's sources. */
export const packageRoot = resolve(__dirname, '..', '..');
