// Bundles the example app for iOS, as Xcode would have it done, into example/build.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Metro from 'metro';

const example = join(import.meta.dirname, '../example');
const out = join(example, 'build/main.js');
mkdirSync(join(example, 'build'), { recursive: true });
const config = await Metro.loadConfig({ config: join(example, 'metro.config.js') });
await Metro.runBuild(
  { ...config, reporter: { update: () => undefined } },
  { entry: 'index.js', platform: 'ios', dev: false, minify: true, out },
);

// Strings that survive minification: the library is in, what is for tests is not.
const bundle = readFileSync(out, 'utf8');
const missing = ['is not a supported event type.', 'callInvitationAccepted'].filter((text) => !bundle.includes(text));
const stray = ['This phone was disposed', 'The kit of react-native-zpns'].filter((text) => bundle.includes(text));
if (missing.length > 0 || stray.length > 0) {
  console.error(`bundle-example: missing ${JSON.stringify(missing)}, stray ${JSON.stringify(stray)}`);
  process.exit(1);
}
console.log(`bundle-example: example/build/main.js, ${Math.round(bundle.length / 1024)} KB`);
