/** Everything wrong with this list of paths, in words. */
export function problems(paths: string[], entries: string[]): string[];
/** The files that package.json's `exports` names, and the kit's module. */
export function entries(exports: Record<string, string | Record<string, string>>): string[];
/** The kit's WebAssembly as JavaScript. */
export const KIT_MODULE: string;
