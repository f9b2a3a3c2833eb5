/** Every scenario on the in-memory phone of `react-native-zpns/jest`. */
import { mockStage } from './mockStage';
import { scenariosFor } from './format';
import { play } from './play';

// A step waits for what has to happen; a busy machine takes its time.
jest.setTimeout(60_000);

beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));
afterEach(() => jest.restoreAllMocks());

test.each(scenariosFor('mock'))('%s', async (_name, scenario) => {
  const stage = await mockStage(scenario.phone ?? {});
  try {
    await play(scenario, stage);
  } finally {
    await stage.dispose();
  }
});
