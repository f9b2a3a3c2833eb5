/** The scenario files themselves. */
import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCENARIOS, scenarios } from './format';

const files = scenarios();
const validate = new Ajv({ allErrors: true }).compile(JSON.parse(readFileSync(join(SCENARIOS, 'scenario.schema.json'), 'utf8')) as object);

test.each(files.map(({ file, scenario }) => [file, scenario] as const))('%s is a scenario', (_file, scenario) => {
  validate(scenario);
  expect(validate.errors).toBeNull();
});

test('the schema refuses what is no scenario', () => {
  const scenario = {
    name: 'A phone rings when somebody calls it',
    answers: { pain: 'nothing rings' },
    steps: [{ advance: 1 }, { heard: [] }],
  };
  expect(validate(scenario)).toBe(true);
  expect(validate({ ...scenario, steps: [{ advance: 1 }, { hear: [] }] })).toBe(false);
  expect(validate({ ...scenario, answers: {} })).toBe(false);
});

test('there are at least forty, each with a name of its own that every runner but a few replays', () => {
  expect(files.length).toBeGreaterThanOrEqual(40);
  expect(new Set(files.map(({ scenario }) => scenario.name)).size).toBe(files.length);
  const leftOut = files.flatMap(({ scenario }) => scenario.not ?? []);
  expect(leftOut.filter(({ runner }) => runner === 'mock').length).toBeLessThanOrEqual(5);
  expect(leftOut.filter(({ runner }) => runner !== 'mock')).toEqual([]);
});

test('every scenario expects something', () => {
  const verbs = ['hears', 'heard', 'hearsNo', 'shows', 'showsNo', 'gets', 'getsNo', 'error'];
  const idle = files.filter(({ scenario }) => !scenario.steps.some((step) => verbs.some((verb) => verb in step)));
  expect(idle).toEqual([]);
});
