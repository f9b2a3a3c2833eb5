/** Fresh user tokens: the gateway asks through the core, the app's `getUserToken` answers. */
import { describe, invoke } from './invoke';
import { hear, ignore } from './native';
import type { ZpnsConfiguration } from './types';

const NEEDED = 'userTokenNeeded';

/** From now on this function is asked for user tokens; `undefined`: nobody is. */
export function provideUserTokens(getUserToken: ZpnsConfiguration['getUserToken']): void {
  if (getUserToken === undefined) {
    ignore(NEEDED);
    return;
  }
  hear(NEEDED, () => {
    void answer(getUserToken);
  });
}

async function answer(getUserToken: NonNullable<ZpnsConfiguration['getUserToken']>): Promise<void> {
  try {
    await invoke('setUserToken', { userToken: await getUserToken() });
  } catch (error) {
    // The core asks again when it next needs one.
    console.error(`[ZPNs] getUserToken brought no user token: ${describe(error)}`);
  }
}
