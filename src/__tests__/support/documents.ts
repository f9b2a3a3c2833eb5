/**
 * What the repository's documents claim, in a form that can be checked: which tests they name, and where their links lead.
 *
 * A document names a test by its exact name as inline code: a function's in Rust and Swift, the title in jest. Names are what stands in a table's
 * column headed "Held by", and what follows these words, separated by commas. Scenario files are named by links.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** Where the repository is. */
export const ROOT = join(__dirname, '../../..');

/** "Held by" and what follows: names and links, separated by commas; the list may go on in the next line. */
const HELD_BY = /\bHeld by:?\s+((?:`[^`]+`|\[[^\]]*\]\([^)]*\))(?:,\s+(?:`[^`]+`|\[[^\]]*\]\([^)]*\)))*)/g;

/** A Markdown file. */
export interface Document {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

/** One place that says by which tests something is held. */
export interface Held {
  /** Counts from 1. */
  readonly line: number;
  readonly names: readonly string[];
  /** Links beside the names. */
  readonly links: readonly string[];
}

/** A number of the sources that a document gives, in a table with the columns "Constant" and "Value". */
export interface Constant {
  readonly name: string;
  /** The Rust file that has it, from the repository's root. */
  readonly file: string;
  readonly value: number;
}

/** A link to somewhere in the repository. */
export interface Link {
  /** Counts from 1. */
  readonly line: number;
  /** As written, `other.md#part`. */
  readonly target: string;
}

/** All documents: those of the root folder, of `docs` and of `scenarios`. */
export function documents(): Document[] {
  const folder = (name: string) => readdirSync(join(ROOT, name)).map((file) => join(name, file));
  const paths = ['.', 'docs', 'scenarios'].flatMap(folder).filter((path) => path.endsWith('.md'));
  return paths.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** Every place that says by which tests something is held. */
export function held(text: string): Held[] {
  const columns = rows(text).flatMap(({ line, cells }) => {
    const cell = cells.get('Held by');
    return cell === undefined ? [] : [mentions(line, cell)];
  });
  const whole = prose(text).join('\n');
  const lists = [...whole.matchAll(HELD_BY)].map(({ index, 1: list = '' }) => mentions(whole.slice(0, index).split('\n').length, list));
  return [...columns, ...lists].sort((one, other) => one.line - other.line);
}

/** The numbers of the sources that a document gives. */
export function constants({ path, text }: Document): Constant[] {
  return rows(text).flatMap(({ cells }) => {
    const [, name = '', file = ''] = /^\[`(\w+)`\]\((.*)\)$/.exec(cells.get('Constant') ?? '') ?? [];
    const [digits = ''] = /^[\d ]+/.exec(cells.get('Value') ?? '') ?? [];
    return name === '' ? [] : [{ name, file: join(dirname(path), file), value: Number(digits.replaceAll(' ', '')) }];
  });
}

/** What a Rust file says that a constant is; nothing where it has none of this name, or more than one. */
export function constantOf(source: string, name: string): number | undefined {
  const [expression, another] = named(source, new RegExp(`\\bconst ${name}: \\w+ = ([\\d_ *]+);`, 'g'));
  if (expression === undefined || another !== undefined) return undefined;
  return expression
    .replaceAll('_', '')
    .split('*')
    .reduce((product, factor) => product * Number(factor), 1);
}

/** Every link to somewhere in the repository. */
export function links(text: string): Link[] {
  return prose(text).flatMap((line, index) => targets(line.replace(/`[^`]*`/g, '')).map((target) => ({ line: index + 1, target })));
}

/** What is wrong with a link of a document; nothing if it leads somewhere. */
export function dead({ path, text }: Document, { target }: Link): string | undefined {
  const [file = '', anchor] = target.split('#');
  const there = file === '' ? path : join(dirname(path), decodeURIComponent(file));
  if (file !== '' && !existsSync(join(ROOT, there))) return `${there} does not exist`;
  if (anchor === undefined) return undefined;
  const known = anchors(file === '' ? text : readFileSync(join(ROOT, there), 'utf8'));
  return known.has(decodeURIComponent(anchor)) ? undefined : `${there} has no heading #${anchor}`;
}

/** The anchors that GitHub gives to a document's headings. */
export function anchors(text: string): Set<string> {
  const known = new Set<string>();
  for (const line of prose(text)) {
    const [, heading] = /^#{1,6}\s+(.*?)\s*#*$/.exec(line) ?? [];
    if (heading === undefined) continue;
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let unique = slug;
    for (let again = 1; known.has(unique); again += 1) unique = `${slug}-${again}`;
    known.add(unique);
  }
  return known;
}

/** The names of all tests: Rust, Swift, jest. */
export function tests(): Set<string> {
  return new Set([
    ...sources('rust', '.rs').flatMap(rustTests),
    ...sources('ios/Tests', '.swift').flatMap(swiftTests),
    ...['src', 'example', 'scripts'].flatMap((folder) => sources(folder, '.test.ts')).flatMap(jestTests),
  ]);
}

/** The test functions of a Rust file, those within `proptest!` too. */
export function rustTests(source: string): string[] {
  return named(source, /#\[(?:tokio::)?test\b[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*(?:async\s+)?fn\s+(\w+)/g);
}

/** The test functions of a Swift file. */
export function swiftTests(source: string): string[] {
  return named(source, /@Test\b[^{}]*?\bfunc\s+(\w+)/g);
}

/** The titles of a jest file. */
export function jestTests(source: string): string[] {
  const titles: string[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isTest(node.expression)) {
      const [title] = node.arguments;
      if (title && ts.isStringLiteralLike(title)) titles.push(title.text);
    }
    ts.forEachChild(node, look);
  };
  look(ts.createSourceFile('test.ts', source, ts.ScriptTarget.Latest));
  return titles;
}

/** Whether this is `test`, `it`, `test.only`, or `test.each(…)`. */
function isTest(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 'test' || callee.text === 'it';
  if (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)) return isTest(callee.expression);
  return ts.isTaggedTemplateExpression(callee) && isTest(callee.tag);
}

/** The rows of all tables: what stands under each heading. */
export function rows(text: string): { line: number; cells: Map<string, string> }[] {
  const found: { line: number; cells: Map<string, string> }[] = [];
  let headings: string[] | undefined;
  for (const [index, line] of prose(text).entries()) {
    if (!line.startsWith('|')) {
      headings = undefined;
      continue;
    }
    const cells = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (headings === undefined) headings = cells;
    else if (!/^[\s|:-]+$/.test(line))
      found.push({ line: index + 1, cells: new Map(headings.map((heading, at) => [heading, cells[at] ?? ''])) });
  }
  return found;
}

/** A document's lines; those of code blocks are empty. */
function prose(text: string): string[] {
  let fenced = false;
  return text.split('\n').map((line) => {
    const fence = /^\s*```/.test(line);
    if (fence) fenced = !fenced;
    return fence || fenced ? '' : line;
  });
}

function mentions(line: number, text: string): Held {
  return { line, names: named(text, /`([^`]+)`/g), links: targets(text) };
}

/** Where the links of a line lead, but for those that leave the repository. */
function targets(line: string): string[] {
  return named(line, /\]\(([^)\s]+)\)/g).filter((target) => !/^[a-z]+:/.test(target));
}

function named(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}

/** The contents of all files below a folder whose name ends so. */
export function sources(folder: string, end: string): string[] {
  const paths = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const ours = paths.filter((path) => path.endsWith(end) && !/(^|[/\\])(node_modules|build|target)[/\\]/.test(path));
  return ours.map((path) => readFileSync(join(ROOT, folder, path), 'utf8'));
}
