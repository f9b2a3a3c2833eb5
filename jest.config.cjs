/** @type {import('jest').Config} */
module.exports = {
  preset: '@react-native/jest-preset',
  roots: ['<rootDir>/src', '<rootDir>/example', '<rootDir>/scripts'],
  testMatch: ['**/__tests__/**/*.test.{ts,tsx}'],
  // The documented snippets import the package by its name.
  moduleNameMapper: {
    '^react-native-zpns$': '<rootDir>/src/index.ts',
    '^react-native-zpns/callkit$': '<rootDir>/src/callkit/index.ts',
    '^react-native-zpns/hooks$': '<rootDir>/src/hooks/index.ts',
    '^react-native-zpns/jest/setup$': '<rootDir>/src/jest/setup.ts',
    '^react-native-zpns/jest$': '<rootDir>/src/jest/index.ts',
  },
};
