/**
 * For `setupFilesAfterEnv` of jest: after each test its phones are gone, and the package talks to none. Make phones in the test or in
 * `beforeEach`, not in `beforeAll`.
 *
 * @module react-native-zpns/jest/setup
 */
import { hub } from '../hub';

/** As jest has it. */
const { afterEach } = globalThis as unknown as { afterEach?: (work: () => void) => void };
if (afterEach === undefined) throw new Error('react-native-zpns/jest/setup belongs into setupFilesAfterEnv of the jest configuration.');
afterEach(() => {
  for (const phone of [...(hub()?.phones ?? [])]) phone.dispose();
});
