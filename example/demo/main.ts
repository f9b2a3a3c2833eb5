/** `make demo`: the whole flow of VoIP notification on real parts. */
import './reactNative';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Report } from './report';
import { SCENES } from './scenes';
import { Stage } from './stage';

const USAGE = `usage: make demo [ARGS="--json --scene b"]
  --json         one JSON object a line: {"scene":…,"step":…,"ok":true,"ms":…}
  --scene NAME   only this scene and the registration before it; may be repeated`;

async function main(): Promise<number> {
  const { json, only, help } = options();
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const names = SCENES.map(({ name }) => name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no scene '${unknown}'; there are: ${names.join(', ')}`);

  const report = new Report(json);
  const stage = await Stage.set(resolve(__dirname, '..', '..'));
  try {
    for (const scene of SCENES) {
      const { name, title } = scene;
      // The first scene registers the phones; all others need that.
      if (only.length > 0 && !only.includes(name) && name !== names[0]) continue;
      report.begin(name, title);
      await scene.play(stage, report);
    }
  } catch (error) {
    if (!json) console.error(error);
    if (!json) for (const person of [stage.alice, stage.bob]) console.error(person.story());
    report.end();
    return 1;
  } finally {
    await stage.strike();
  }
  return report.end() ? 0 : 1;
}

class UsageError extends Error {}

function options(): { json: boolean; only: string[]; help: boolean } {
  try {
    const { values } = parseArgs({
      options: { json: { type: 'boolean' }, scene: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' } },
    });
    return { json: values.json ?? false, only: values.scene ?? [], help: values.help ?? false };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof UsageError ? `${error.message}\n${USAGE}` : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);
