/** Tells whoever draws the registration that the app has asked for something that changes it and that no event tells of. */
import type { Subscription } from './types';

const watchers = new Set<() => void>();

/** From now on `changed` hears of each such request once it is through. */
export function watchRegistration(changed: () => void): Subscription {
  const entry = () => {
    changed();
  };
  watchers.add(entry);
  return { remove: () => void watchers.delete(entry) };
}

/** Gives back what a request brings, and tells of it, whether or not it failed. */
export async function changesRegistration<Answer>(request: Promise<Answer>): Promise<Answer> {
  try {
    return await request;
  } finally {
    for (const changed of watchers) changed();
  }
}
