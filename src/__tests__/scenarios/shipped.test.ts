/** The scenarios in which no time has to pass, on the gateway binary that ships. `cargo build -p zpns-gateway` builds it. */
import { needsNoTime, stories } from './format';
import { play } from './play';
import { shippedStage } from './shippedStage';

jest.setTimeout(30_000);

beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));
afterEach(() => jest.restoreAllMocks());

test.each(stories(needsNoTime))('%s', async (_name, scenario) => {
  const stage = await shippedStage(scenario.phone);
  try {
    await play(scenario, stage);
  } finally {
    await stage.dispose();
  }
});
