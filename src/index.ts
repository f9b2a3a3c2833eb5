/**
 * The entry that stands in for `zego-zpns-react-native`, and holds everything else as well.
 *
 * @module react-native-zpns
 */
export { ZPNs, ZPNs as default } from './ZPNs';
export { CallKit } from './CallKit';
export { CallInvitation } from './CallInvitation';
export * from './types';
export * from './errors';
