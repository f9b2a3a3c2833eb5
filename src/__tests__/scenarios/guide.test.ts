/** The guide for app authors shows code that runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

test('the worked test of the guide is the one that runs here', () => {
  const guide = readFileSync(join(__dirname, '../../../docs/testing-your-app.md'), 'utf8');
  const worked = readFileSync(join(__dirname, 'worked.test.ts'), 'utf8');
  const blocks = [...guide.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code);
  expect(blocks).toContain(worked);
});
