/**
 * Stories made from a seed, played on the in-memory phone and on the virtual iPhone over the real core: after each step both have told JavaScript the
 * same, answered the same, and say the same in `getCalls` and `diagnose`. Every rule of the core that an app can see without a gateway is in here,
 * written twice.
 *
 * `STORIES=3000 SEED=5 npx jest randomStories` plays others, and more.
 */
import type { NativeEvent } from '../NativeZpns';
import { CALL_KIT_EVENTS } from '../callKitEvents';
import { Dice } from './support/dice';
import { coreTwin, memoryTwin, type Twin } from './support/twins';

const STORIES = Number(process.env.STORIES ?? 60);
const SEED = Number(process.env.SEED ?? 1);
const STEPS = 25;
const NOW = 1_764_000_000_000;
const CALLS = [
  '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10',
  '2F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10',
  '3F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10',
] as const;
const TYPES = ['registered', ...Object.keys(CALL_KIT_EVENTS)] as [string, ...string[]];
const HANDLE = { type: 1, value: 'Li hua' };

/** Something that is done to a phone, or asked of its app. */
type Act = (phone: Twin) => unknown;

/** What may happen next, by name; those that lead on are there more than once. */
function next(dice: Dice): [what: string, act: Act] {
  const uuid = dice.one(CALLS);
  const yes = dice.below(2) > 0;
  const push = (more: object): Act => {
    const text = JSON.stringify({ call_id: uuid, aps: { alert: 'Li hua' }, ...more });
    return (phone) => phone.push(text);
  };
  const ask = (method: string, params: object): Act => {
    const text = JSON.stringify(params);
    return (phone) => phone.native.invoke(method, text);
  };
  /** Whether anything was waiting shows in what follows: the phones say it in different ways. */
  const quietly = (act: Act): Act => {
    return (phone) => {
      try {
        act(phone);
      } catch {
        // Nothing was waiting.
      }
    };
  };
  const [others, type, other] = [dice.one(['hold', 'end'] as const), dice.one(TYPES), dice.one([null, ...CALLS])];
  const kind = dice.one(['apns', 'voip'] as const);
  const completion = { seq: `native${1 + dice.below(6)}`, outcome: dice.one(['fulfill', 'fulfill', 'fail']) };
  const acts: [what: string, often: number, act: Act][] = [
    ['a push', 3, push({})],
    [
      'a cancel',
      1,
      push({ zpns: { kind: 'cancel', reason: dice.one([null, 'cancelled', 'answeredElsewhere', 'declinedElsewhere', 'else']) } }),
    ],
    ['a stale push', 1, push({ zpns: { expiresAt: NOW - 5 } })],
    [`the user answers and ${others}s`, 2, (phone) => phone.answer(uuid, others)],
    ['the user ends', 2, (phone) => phone.end(uuid)],
    ['the user mutes', 1, (phone) => phone.setMuted(uuid, yes)],
    ['the user holds', 1, (phone) => phone.setHeld(uuid, yes)],
    ['the user groups', 1, (phone) => phone.setGroup(uuid, other)],
    ['the user types', 1, (phone) => phone.playDTMF(uuid, '1')],
    [`${completion.outcome} ${completion.seq}`, 4, ask('completeAction', completion)],
    [`listen ${type}`, 3, (phone) => phone.native.listen(type)],
    [`unlisten ${type}`, 1, (phone) => phone.native.unlisten(type)],
    [
      'time',
      1,
      (
        (milliseconds: number): Act =>
        (phone) =>
          phone.advance(milliseconds)
      )(dice.one([1_000, 9_000, 28_700, 91_000])),
    ],
    ['the system loses patience', 1, quietly((phone) => phone.timeOut(uuid))],
    ['provider reset', 1, (phone) => phone.resetProvider()],
    ['reportIncomingCall', 1, ask('reportIncomingCall', { uuid, update: {} })],
    ['reportCallEnded', 1, ask('reportCallEnded', { uuid, reason: 1 + dice.below(5) })],
    ['reportCallUpdate', 1, ask('reportCallUpdate', { uuid, update: { hasVideo: yes } })],
    ['startCall', 2, ask('startCall', { uuid, handle: HANDLE, video: yes })],
    ['reportOutgoingCallStarted', 1, ask('reportOutgoingCallStarted', { uuid })],
    ['reportOutgoingCall', 1, ask('reportOutgoingCall', { uuid })],
    ['answerCall', 1, ask('answerCall', { uuid })],
    ['endCall', 1, ask('endCall', { uuid })],
    ['setMuted', 1, ask('setMuted', { uuid, muted: yes })],
    ['setHeld', 1, ask('setHeld', { uuid, onHold: yes })],
    ['playDTMF', 1, ask('playDTMF', { uuid, digits: '1' })],
    ['registerPush', 2, ask('registerPush', { enableIOSVoIP: yes, iOSEnvironment: dice.one([-1, -1, 0, 1]) })],
    ['enableDebug', 1, ask('enableDebug', { isDebug: yes })],
    [`another ${kind} token`, 1, (phone) => phone.rotateToken(kind)],
    ['no device token', 1, (phone) => phone.invalidateToken('apns')],
    ['foreground', 1, (phone) => phone.foreground()],
    ['background', 1, (phone) => phone.toBackground()],
    ['Do Not Disturb', 1, (phone) => phone.setDoNotDisturb(yes)],
    ['setInitConfiguration', 1, ask('setInitConfiguration', { localizedName: 'Calls', maximumCallGroups: 1 + dice.below(3) })],
  ];
  const bag = acts.flatMap(([what, often, act]) => Array<[string, Act]>(often).fill([`${what} ${uuid.charAt(0)}`, act]));
  return bag[dice.below(bag.length)] ?? ['nothing', () => undefined];
}

interface Diagnosis {
  readonly events: object;
  readonly calls: Record<string, unknown>;
}

/** One of the phones, and what it has told. */
class Witness {
  readonly #phone: Twin;
  #heard: object[] = [];

  constructor(phone: Twin) {
    this.#phone = phone;
    phone.native.onEvent((event) => void this.#heard.push(comparable(event)));
  }

  /** Does it; what came of it. */
  async after(act: Act): Promise<object> {
    const outcome = await this.#do(act);
    await this.#phone.settle();
    const calls = await this.#ask('getCalls');
    const registration = comparableRegistration((await this.#ask('getRegistration')) as Registration);
    const { events, calls: diagnosed } = (await this.#ask('diagnose')) as Diagnosis;
    const { provider: _provider, ...rest } = diagnosed;
    const heard = this.#heard;
    this.#heard = [];
    return { outcome, heard, calls, registration, events, diagnosed: rest };
  }

  /** What is answered; whether the user could do it. */
  async #do(act: Act): Promise<unknown> {
    try {
      const answer = act(this.#phone);
      // What the user did resolves when the app has settled it, which it may never.
      await this.#phone.settle();
      const text: unknown = answer instanceof Promise ? await Promise.race([answer, Promise.resolve()]) : answer;
      return typeof text === 'string' && text.startsWith('{') ? withoutWords(JSON.parse(text) as object) : 'done';
    } catch {
      return 'impossible';
    }
  }

  async #ask(method: string): Promise<unknown> {
    return (JSON.parse(await this.#phone.native.invoke(method, '{}')) as { ok: unknown }).ok;
  }
}

/** An event with its body. Each phone has tokens of its own, and words of its own for a warning. */
function comparable(event: NativeEvent): object {
  const body = JSON.parse(event.body) as { pushID?: string; warning?: string };
  const registered = { pushID: body.pushID?.slice(0, 4), warning: body.warning !== undefined };
  return { ...event, body: event.type === 'registered' ? { ...body, ...registered } : body };
}

interface Registration {
  readonly pushID: string | null;
  readonly warning: string | null;
  readonly [field: string]: unknown;
}

/** `getRegistration`, likewise. */
function comparableRegistration({ pushID, warning, tokens: _tokens, installationID: _installationID, ...rest }: Registration): object {
  return { ...rest, warning: warning !== null, pushID: pushID?.slice(0, 4) };
}

/** An answer; each phone has words of its own for a refusal. */
function withoutWords(answer: { error?: { code: string; domain: string } }): object {
  return answer.error === undefined ? answer : { code: answer.error.code, domain: answer.error.domain };
}

test.each(Array.from({ length: STORIES }, (_, story) => SEED + story))('story %i goes the same on both phones', async (seed) => {
  const dice = new Dice(seed * 7_919);
  const options = { now: NOW, iosVersion: dice.one(['26.4', '18.0']) };
  const phones = [memoryTwin(options), coreTwin(options)] as const;
  try {
    const [memory, core] = [new Witness(phones[0]), new Witness(phones[1])];
    await phones[1].settle();
    const story: string[] = [];
    for (let step = 0; step < STEPS; step += 1) {
      const [what, act] = next(dice);
      story.push(what);
      expect({ story, ...(await memory.after(act)) }).toEqual({ story, ...(await core.after(act)) });
    }
  } finally {
    for (const phone of phones) phone.dispose();
  }
});
