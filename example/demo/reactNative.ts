/**
 * Stands in for React Native under Node, which can not load it: with the little that the package uses of it. Import this before the package.
 */
import Module from 'node:module';

const file = require.resolve('react-native');
const standIn = new Module(file);
standIn.exports = { Platform: { OS: 'ios' }, TurboModuleRegistry: { get: () => null } };
standIn.loaded = true;
require.cache[file] = standIn;
