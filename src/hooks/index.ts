/**
 * The calls and the registration as React state: enough to draw an app's own call screen. Needs `react`.
 *
 * @module react-native-zpns/hooks
 */
export { useCalls, useIncomingCall } from './calls';
export { useRegistration } from './registration';
export type * from '../types';
