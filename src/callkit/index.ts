/**
 * The entry that stands in for `zego-callkit-react-native`.
 *
 * @module react-native-zpns/callkit
 */
export { CallKit, CallKit as default } from '../CallKit';
export * from '../types';
export * from '../errors';
