/** Every scenario on the virtual iPhone: the real core under the package's own classes. */
import { coreStage } from './coreStage';
import { scenariosFor } from './format';
import { play } from './play';

// A step waits for what has to happen; a busy machine takes its time.
jest.setTimeout(60_000);

beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));
afterEach(() => jest.restoreAllMocks());

test.each(scenariosFor('core'))('%s', async (_name, scenario) => {
  const stage = await coreStage(scenario.phone ?? {});
  try {
    await play(scenario, stage);
  } finally {
    await stage.dispose();
  }
});
