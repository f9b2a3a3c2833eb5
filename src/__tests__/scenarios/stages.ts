/** The stages there are. */
import { mockStage } from './mockStage';
import type { Stage } from './stage';

/** Each with the phone that is on it. */
export const stages: [name: string, set: (options: object) => Promise<Stage>][] = [['the in-memory phone', mockStage]];
