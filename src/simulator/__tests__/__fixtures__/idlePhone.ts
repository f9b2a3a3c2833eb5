/** Uses a phone and ends without switching it off: Node must not wait for it. */
import { createVirtualPhone } from '../..';

const phone = createVirtualPhone({ voipAtLaunch: true });
void phone
  .startJS()
  .ZPNs.getVersion()
  .then((version) => process.stdout.write(`version ${version}\n`));
