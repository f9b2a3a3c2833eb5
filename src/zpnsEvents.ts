/** The events of `ZPNs`, and what the core still needs to hear after them. */
import { describe, invoke } from './invoke';
import type { EventTable } from './listeners';
import type { ZPNsEventHandler, ZPNsMessage } from './types';

/** How the arguments of `ZPNs`' listeners are made. */
export const ZPNS_EVENTS: EventTable<ZPNsEventHandler> = {
  registered: (body) => ({ args: [body] }),
  notificationArrived: (body) => ({ args: [body] }),
  notificationClicked: (body) => ({ args: [body] }),
  throughMessageReceived: ({ seq, ...message }: ZPNsMessage & { seq: number }) => ({
    args: [message],
    // iOS waits for the app to finish its background work, so it hears of it only now.
    done: () => {
      invoke('completeThroughMessage', { seq }).catch((error: unknown) => {
        console.warn(`[ZPNs] ${describe(error)}`);
      });
    },
  }),
  tokenInvalidated: (body) => ({ args: [body] }),
};
