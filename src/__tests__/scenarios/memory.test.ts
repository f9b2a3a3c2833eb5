/** Every scenario on the phone of `react-native-zpns/jest`, with its gateway in memory. */
import { stories } from './format';
import { memoryStage } from './memoryStage';
import { play } from './play';

beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));
afterEach(() => jest.restoreAllMocks());

test.each(stories())('%s', async (_name, scenario) => {
  const stage = memoryStage(scenario.phone);
  try {
    await play(scenario, stage);
  } finally {
    await stage.dispose();
  }
});
