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
  expect(validate({ ...scenario, not: [{ runner: 'jest', because: 'it fails there' }] })).toBe(false);
});

test('each has a name of its own', () => {
  expect(files.length).toBeGreaterThanOrEqual(90);
  expect(new Set(files.map(({ scenario }) => scenario.name)).size).toBe(files.length);
});

test('every scenario expects something', () => {
  const verbs = ['hears', 'heard', 'hearsNo', 'shows', 'showsNo', 'gets', 'getsNo', 'error'];
  const idle = files.filter(({ scenario }) => !scenario.steps.some((step) => verbs.some((verb) => verb in step)));
  expect(idle).toEqual([]);
});
