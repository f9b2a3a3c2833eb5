/**
 * VoIP pushes of every odd shape, made from a seed: the in-memory phone reads them as the real core does, decides the same, and says the same of them
 * in `diagnose()`. Two implementations of the same rules, compared where no table would think of looking.
 */
import { createZpnsMock } from '../jest';
import type { Spec } from '../NativeZpns';
import { provideNative } from '../native';
import { createVirtualPhone } from '../simulator';
import { Dice } from './support/dice';

const NOW = 1_764_000_000_000;
const PUSHES = 400;
/** What stands where something else was expected. */
const ODD: [unknown, ...unknown[]] = [
  null,
  ...[true, false, 0, 1, 2, 3, 2.5, -1, 1e17],
  ...['', ' ', 'text', 'yes', 'No', '0', '1', ' 2 ', '1.7', '-1', '1e3', '0x10', 'NaN', 'cancel'],
  ...['http://127.0.0.1:9/v1/calls/a', 'https://127.0.0.1:9', 'call-1', '1f0e9b52-5f1a-4c0e-9c55-3b1f3f6f2a10'],
  ...[[], [1], {}, { title: 'Li hua' }, { title: 7 }, { kind: 'cancel' }],
];

/** An object with some of these fields, or, one time in five, something else altogether. */
function object(dice: Dice, ...keys: string[]): unknown {
  if (dice.below(5) === 0) return dice.one(ODD);
  return Object.fromEntries(keys.filter(() => dice.below(3) > 0).map((key) => [key, dice.one(ODD)]));
}

function push(dice: Dice, number: number): string {
  const aps = object(dice, 'alert', 'payload', 'zego', 'zpns', 'call_id');
  const zego = object(dice, 'voip_has_video', 'voip_handle_type', 'voip_handle_value');
  const times = ['sentAt', 'expiresAt', 'timeout'];
  const zpns = object(dice, 'kind', ...times, 'caller', 'user', 'mode', 'extendedData', 'followURL', 'followToken');
  const callID = dice.below(3) > 0 ? `call-${number}` : dice.one(ODD);
  return JSON.stringify({ aps, zego, call_id: callID, ...(dice.below(2) > 0 && { zpns }) });
}

interface Read {
  readonly pushes: Record<string, unknown>[];
  readonly calls: Record<string, unknown>[];
  readonly waiting: number;
}

/** What the phone made of it. A call without an ID has another random UUID on each phone. */
async function read(native: Spec): Promise<Read> {
  const ask = async (method: string) => (JSON.parse(await native.invoke(method, '{}')) as { ok: unknown }).ok;
  const { calls, events } = (await ask('diagnose')) as { calls: { pushes: Read['pushes'] }; events: { waiting: number } };
  const [first] = calls.pushes;
  const comparable = (of: Record<string, unknown>) => ({ ...of, ...(first?.callIDHash === null && { uuid: 'random' }) });
  return {
    pushes: calls.pushes.map(comparable),
    calls: ((await ask('getCalls')) as Read['calls']).map(comparable),
    waiting: events.waiting,
  };
}

test('the in-memory phone reads odd pushes as the real core does', async () => {
  const dice = new Dice(7);
  for (let number = 0; number < PUSHES; number += 1) {
    const text = push(dice, number);
    const memory = createZpnsMock({ now: NOW, appName: 'Calls' });
    memory.toBackground();
    memory.push(text);
    const core = createVirtualPhone({ voipAtLaunch: true, manualClock: NOW });
    const native = core.attachJS();
    core.background();
    core.deliverPush('voip', text);
    await core.settle();
    expect({ text, ...(await read(memory.native)) }).toEqual({ text, ...(await read(native)) });
    core.switchOff();
  }
  provideNative(undefined);
}, 60_000);
