/** Virtual iPhones for Node: not part of the published package's runtime. */
export { createVirtualPhone, VirtualPhone, type AppExports } from './phone';
export type { VirtualPhoneOptions } from './options';
export type { PhoneCall, PhoneNotification, PhoneState, RecentCall } from './state';
export type { ActionName, DropReason, EndCause, HappeningType, Happenings, PhoneHandle, PushKind, TimelineEntry } from './happening';
export { Timeline, type WaitOptions } from './timeline';
export { waitFor } from './testing';
