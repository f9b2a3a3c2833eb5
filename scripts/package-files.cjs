// What the npm tarball must hold and what it must not.

/** The kit's WebAssembly as JavaScript: once, in the compiled code. */
const KIT_MODULE = 'lib/commonjs/kit/module.js';

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
const FORBIDDEN = [/__(tests|fixtures|mocks)__/, /(^|\/)kit\/module\.js\.map$/, /\.(rs|p8|p12|pem|key|node|tgz)$/, /(^|\/)\./];

/** Everything wrong with this list of paths, in words. `entries` are those that are imported by name. */
function problems(paths, entries) {
  const there = new Set(paths);
  return [
    ...[...REQUIRED, ...entries].filter((path) => !there.has(path)).map((path) => `${path} is missing`),
    ...paths.filter((path) => !ALLOWED.some((allowed) => allowed.test(path))).map((path) => `${path} has no business there`),
    ...paths.filter((path) => FORBIDDEN.some((forbidden) => forbidden.test(path))).map((path) => `${path} must stay here`),
  ];
}

/** The files that package.json's `exports` names, and the kit's module, which is generated and easily forgotten. */
function entries(exports) {
  const named = Object.values(exports)
    .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
    .map((path) => path.replace(/^\.\//, ''));
  return [...named, KIT_MODULE];
}

module.exports = { problems, entries, KIT_MODULE };
