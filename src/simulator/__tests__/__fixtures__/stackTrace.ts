/** Loaded by a phone, throws at a known place. */
import { createVirtualPhone } from '../..';

const phone = createVirtualPhone();
const { fails } = phone.startJS(`${__dirname}/failing.ts`) as { fails: () => void };
try {
  fails();
} catch (error) {
  process.stdout.write(String((error as Error).stack));
}
phone.switchOff();
