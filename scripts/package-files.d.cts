/** Everything wrong with this list of paths, in words. */
export function problems(paths: string[], entries: string[]): string[];
/** The files that package.json's `exports` names. */
export function entries(exports: Record<string, string | Record<string, string>>): string[];
