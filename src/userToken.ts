/** Fresh user tokens: the gateway asks through the core, the app's `getUserToken` answers. */
import { describe, invoke } from './invoke';
import { hear, ignore } from './native';
import type { ZpnsConfiguration } from './types';

const NEEDED = 'userTokenNeeded';

type GetUserToken = NonNullable<ZpnsConfiguration['getUserToken']>;

let current: GetUserToken | undefined;

/** From now on this function is asked for user tokens; `undefined`: nobody is. */
export function provideUserTokens(getUserToken: GetUserToken | undefined): void {
  current = getUserToken;
  if (getUserToken === undefined) {
    ignore(NEEDED);
    return;
  }
  hear(NEEDED, () => {
    void answer(getUserToken);
  });
}

async function answer(getUserToken: GetUserToken): Promise<void> {
  const brought = await bring(getUserToken);
  // One that was replaced meanwhile answers for a user who may have signed out.
  if (getUserToken === current) await invoke('setUserToken', brought).catch(complain);
}

/** The core asks again, after a pause, where it failed. */
async function bring(getUserToken: GetUserToken): Promise<{ userToken: string | null } | { failed: true }> {
  try {
    return { userToken: await getUserToken() };
  } catch (error) {
    complain(error);
    return { failed: true };
  }
}

function complain(error: unknown): void {
  console.error(`[ZPNs] getUserToken brought no user token: ${describe(error)}`);
}
