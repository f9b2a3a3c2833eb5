/** docs/installing.md says what is read and what is answered, all of it and nothing else. */
import ZPNs, { CallKit } from '..';
import { createZpnsMock } from '../jest';
import { eventually, settle } from './support/bench';
import { documents, rows, sources } from './support/documents';

const guide = documents().find(({ path }) => path === 'docs/installing.md')?.text ?? '';

/** The inline code at the beginning of a column's cells. */
function column(heading: string): string[] {
  return rows(guide).flatMap(({ cells }) => /^`([^`]+)`/.exec(cells.get(heading) ?? '')?.[1] ?? []);
}

test('the keys of Info.plist are those that the iOS layer reads', () => {
  const read = ['.swift', '.m', '.mm']
    .flatMap((end) => sources('ios/Sources', end))
    .flatMap((source) => [...source.matchAll(/"(ZPNS[A-Z]\w+)"/g)]);
  expect(column('Key').sort()).toEqual([...new Set(read.map(([, key]) => key))].sort());
});

test('the fields of diagnose() are those that it answers', async () => {
  const phone = createZpnsMock();
  try {
    phone.startJS();
    await eventually(() => (phone.identity().voip === null ? undefined : true), 'a token');
    phone.push({ call_id: 'call-42' });
    await settle();
    void phone.answer(await CallKit.getInstance().callUUID('call-42'));
    await settle();
    expect(column('Field').sort()).toEqual(paths(await ZPNs.diagnose()).sort());
  } finally {
    phone.dispose();
  }
});

/** What differs from phone to phone within. */
const WHOLE = ['registration.tokens.apns', 'registration.tokens.voip', 'events.dropped', 'calls.provider'];

/** Where the values of an answer are: `a.b` in a field of a field, `a[].b` in the items of a list. */
function paths(value: unknown, path = ''): string[] {
  if (WHOLE.includes(path) || !isObject(value)) return [path];
  if (Array.isArray(value)) {
    const items = value.filter(isObject).flatMap((item) => paths(item, `${path}[]`));
    return items.length === 0 ? [path] : [...new Set(items)];
  }
  return Object.entries(value).flatMap(([name, field]) => paths(field, path === '' ? name : `${path}.${name}`));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
