module.exports = {
  presets: ['module:@react-native/babel-preset'],
  // One string of a megabyte: nothing to lay out, and Babel shall not tell that it does not.
  overrides: [{ test: './src/kit/module.js', compact: true }],
};
