// What the npm tarball must hold and what it must not.

/** Without these an app does not build, or not lawfully. */
const REQUIRED = [
  'package.json',
  'README.md',
  'LICENSE',
  'react-native-zpns.podspec',
  'src/NativeZpns.ts',
  'ios/Sources/PrivacyInfo.xcprivacy',
  'ios/Sources/ZpnsBridge/RCTZpns.mm',
  'ios/Sources/ZpnsBridge/ZpnsLaunch.m',
  'ios/Sources/ZpnsFFI/ZpnsFFI.swift',
  'ios/Sources/ZpnsKit/ZpnsModule.swift',
];

/** Everything is in one of these. */
const ALLOWED = [
  /^(package\.json|README(\.zh-CN)?\.md|CHANGELOG\.md|LICENSE|react-native-zpns\.podspec)$/,
  /^src\/.+\.ts$/,
  /^lib\/(commonjs|typescript)\/.+\.(js|d\.ts|map)$/,
  /^lib\/(commonjs|typescript)\/package\.json$/,
  /^ios\/Package\.swift$/,
  /^ios\/Sources\/(ZpnsBridge|ZpnsKit|ZpnsFFI)\/[^/]+\.(h|m|mm|swift)$/,
  /^ios\/Sources\/PrivacyInfo\.xcprivacy$/,
  /^ios\/ZpnsFFI\.xcframework\//,
];

/** And in none of these. */
const FORBIDDEN = [/__(tests|fixtures|mocks)__/, /(^|\/)simulator\//, /\.(rs|p8|p12|pem|key|node|tgz)$/, /(^|\/)\./];

/** Everything wrong with this list of paths, in words. `entries` are the files that package.json's `exports` names. */
function problems(paths, entries) {
  const there = new Set(paths);
  return [
    ...[...REQUIRED, ...entries].filter((path) => !there.has(path)).map((path) => `${path} is missing`),
    ...paths.filter((path) => !ALLOWED.some((allowed) => allowed.test(path))).map((path) => `${path} has no business there`),
    ...paths.filter((path) => FORBIDDEN.some((forbidden) => forbidden.test(path))).map((path) => `${path} must stay here`),
  ];
}

/** The files that `exports` names. */
function entries(exports) {
  return Object.values(exports)
    .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
    .map((path) => path.replace(/^\.\//, ''));
}

module.exports = { problems, entries };
