/** `diagnose()` of the in-memory phone: the fields of the core's, filled from what this phone knows. */
import { VERSION } from '../version';
import type { Calls } from './calls';
import type { Process } from './process';
import type { Registration } from './registration';

/** Everything, free of tokens, handles and payloads. The build of an in-memory app has no problems. */
export function diagnose({ facts, account, clock, mailbox }: Process, registration: Registration, calls: Calls): object {
  return {
    version: VERSION,
    at: clock.now(),
    app: {
      bundleID: facts.bundleID,
      version: '1.0 (1)',
      system: facts.iosVersion,
      simulator: false,
      backgroundModes: ['voip', 'remote-notification'],
      callKitDisabled: facts.callKitDisabled,
    },
    problems: [],
    account: {
      serverURL: account.serverURL,
      appID: account.appID,
      hasUserToken: account.userToken !== null,
      installation: account.installation,
    },
    registration: registration.diagnose(),
    events: mailbox.diagnose(),
    calls: calls.diagnose(),
  };
}
