/** Plays a scenario on a stage, step by step. */
import type { GatewayRequest, PushPayload, TimelineEntry, ZpnsMock } from '../../jest';
import { callUUID } from '../support/callUUID';
import { App, type AppExports, type Ending } from './app';
import type { ErrorSpec, Expectation, Scenario, Step } from './format';
import { fill, mismatch } from './matching';
import type { Stage } from './stage';

/** Plays it; throws at the first step that does not go as it says. */
export async function play(scenario: Scenario, stage: Stage): Promise<void> {
  const player = new Player(stage);
  for (const [index, step] of scenario.steps.entries()) {
    try {
      await player.step(step);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new Error(`step ${index + 1}, ${JSON.stringify(step)}: ${what}\n${player.story()}`, { cause: error });
    }
  }
}

class Player {
  readonly #stage: Stage;
  readonly #shown = new Set<TimelineEntry>();
  readonly #got = new Set<GatewayRequest>();
  /** VoIP pushes of calls, to deliver later or once more. */
  readonly #pushes = new Map<string, string>();
  #app: App | undefined;
  /** The JavaScript before it, whose place it took. */
  #old: App | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async step(step: Step): Promise<void> {
    if (isExpectation(step)) await this.#expect(step);
    else {
      await this.#act(step);
      await this.#stage.settle();
    }
  }

  /** What happened so far, for who reads a failure. */
  story(): string {
    const heard = this.#app?.heard.map(({ type, body }) => `  ${type} ${JSON.stringify(body)}`) ?? ['  (none runs)'];
    const shown = this.#stage.phone.timeline.map((entry) => `  ${JSON.stringify(entry)}`);
    const got = this.#stage.phone.gateway.requests.map(
      ({ name, callID, by, body }) => `  ${name} ${String(callID)} by ${by} ${JSON.stringify(body)}`,
    );
    return ['JavaScript heard:', ...heard, 'the phone showed:', ...shown, 'the gateway got:', ...got].join('\n');
  }

  async #act(step: Exclude<Step, Expectation>): Promise<void> {
    const stage = this.#stage;
    const { phone } = stage;
    if ('app' in step) {
      if (step.app === 'kill') this.#app = this.#old = undefined;
      const acts = { launch: 'launch', kill: 'killApp', foreground: 'foreground', background: 'toBackground' } as const;
      phone[acts[step.app]]();
    } else if ('js' in step) this.#javascript(step);
    else if ('signIn' in step) ended(await this.#js().signIn(stage.backend, step.signIn, step.renews), {});
    else if ('ask' in step) {
      const params = fill(step.with ?? {}, phone.now) as Record<string, unknown>;
      ended(await this.#js().ask(step.ask, params), { ...step, ok: fill(step.ok, phone.now) });
    } else if ('settle' in step) ended(await this.#js(step.late).settle(step.settle, callUUID(step.call), step.by), step);
    else if ('push' in step) push(phone, step.kind ?? 'voip', fill(step.push, phone.now) as object | string);
    else if ('invite' in step) {
      const { callID } = step.invite;
      this.#pushes.set(callID, await stage.invite(step.invite));
      if (step.held !== true) this.#deliver(callID);
    } else if ('deliver' in step) this.#deliver(step.deliver);
    else if ('participant' in step) await this.#participant(step);
    else if ('user' in step) user(phone, step);
    else if ('apple' in step) {
      if (step.apple === 'timeOut') phone.timeOut(callUUID(step.call));
      else if (step.apple === 'resetProvider') phone.resetProvider();
      else if (step.apple === 'refuseReports') phone.refuseReports(step.as ?? null);
      else if (step.apple === 'rotateToken') await stage.rotateToken(step.kind);
      else phone.invalidateToken(step.kind);
    } else if ('otherCall' in step) phone.otherCall(step.otherCall, step.ours);
    else if ('network' in step) phone.changeNetwork(step.network);
    else if ('clock' in step) phone.jumpClock(step.clock.jumpMs);
    else if ('storage' in step) phone.changeStorage(step.storage);
    else if ('advance' in step) stage.advance(step.advance);
    else phone.gateway.answer(step.to, ...step.with);
  }

  #deliver(callID: string): void {
    const payload = this.#pushes.get(callID);
    if (payload === undefined) throw new Error('nobody was invited to this call before');
    this.#stage.phone.push(payload);
  }

  async #participant(step: Extract<Step, { participant: unknown }>): Promise<void> {
    if (step.does === 'register') {
      await this.#stage.register(step.participant);
      return;
    }
    const { participant, does: verb, call: callID, on: installation, extendedData, invitees } = step;
    const body = { ...(installation !== undefined && { installation }), ...(extendedData !== undefined && { extendedData }) };
    await this.#stage.act(participant, { verb, callID, body: { ...body, ...(invitees && { invitees }) } });
  }

  #javascript(step: Extract<Step, { js: unknown }>): void {
    if (step.js === 'start') {
      this.#old = this.#app;
      this.#app = new App(start(this.#stage.phone), step.settle);
      this.#app.listen(step.listen ?? []);
    } else if (step.js === 'stop') {
      this.#stage.phone.stopJS(step.late ? 'old' : 'running');
      if (!step.late) this.#app = this.#old = undefined;
    } else if (step.js === 'refuse') this.#stage.phone.refuseEvent(step.next);
    else this.#js()[step.js](step.to);
  }

  async #expect(step: Expectation): Promise<void> {
    if ('hears' in step) {
      const next = await this.#eventually(() => this.#js().heard.find(({ type, taken }) => type === step.hears && taken !== true));
      if (next === undefined) throw new Error('JavaScript does not hear it');
      next.taken = true;
      check(fill(step.body, this.#stage.phone.now), next.body);
    } else if ('shows' in step) {
      const entry = await this.#eventually(() => this.#entry(step.shows, step));
      if (entry === undefined) throw new Error('the phone does not show it');
      this.#shown.add(entry);
    } else if ('gets' in step) {
      const request = await this.#eventually(() => this.#request(step.gets, step));
      if (request === undefined) throw new Error('the gateway does not get it');
      this.#got.add(request);
    } else this.#nothing(step);
  }

  #nothing(step: Extract<Expectation, { heard: unknown } | { hearsNo: unknown } | { showsNo: unknown } | { getsNo: unknown }>): void {
    if ('heard' in step)
      check(
        step.heard,
        this.#js().heard.map(({ type }) => type),
      );
    else if ('hearsNo' in step) {
      const heard = this.#js().heard.find(({ type, taken }) => type === step.hearsNo && taken !== true);
      if (heard) throw new Error(`JavaScript heard ${JSON.stringify(heard.body)}`);
    } else if ('showsNo' in step) {
      const entry = this.#entry(step.showsNo, step);
      if (entry) throw new Error(`the phone showed ${JSON.stringify(entry)}`);
    } else if (this.#request(step.getsNo, step)) throw new Error('the gateway got it');
  }

  #entry(type: string, { call, entry = {} }: { call?: string; entry?: object }): TimelineEntry | undefined {
    const wanted = fill({ type, ...entry, ...(call !== undefined && { uuid: callUUID(call) }) }, this.#stage.phone.now);
    return this.#stage.phone.timeline.find((shown) => !this.#shown.has(shown) && mismatch(wanted, shown) === undefined);
  }

  #request(name: string, { call, by, body }: { call?: string; by?: string; body?: unknown }): GatewayRequest | undefined {
    const wanted = {
      name,
      ...(call !== undefined && { callID: call }),
      ...(by !== undefined && { by }),
      ...(body !== undefined && { body }),
    };
    return this.#stage.phone.gateway.requests.find((request) => !this.#got.has(request) && mismatch(wanted, request) === undefined);
  }

  async #eventually<Value>(look: () => Value | undefined): Promise<Value | undefined> {
    const giveUp = Date.now() + this.#stage.patienceMs;
    for (;;) {
      const value = look();
      if (value !== undefined || Date.now() >= giveUp) return value;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** The JavaScript that runs, or the one before it. */
  #js(late = false): App {
    const app = late ? this.#old : this.#app;
    if (app === undefined) throw new Error(late ? 'no JavaScript ran before' : 'no JavaScript runs');
    return app;
  }
}

function isExpectation(step: Step): step is Expectation {
  return ['hears', 'heard', 'hearsNo', 'shows', 'showsNo', 'gets', 'getsNo'].some((verb) => verb in step);
}

/** JavaScript starts: the package is loaded anew. */
function start(phone: ZpnsMock): AppExports {
  let app: AppExports | undefined;
  jest.isolateModules(() => {
    app = phone.load(() => jest.requireActual<AppExports>('../..'));
  });
  if (app === undefined) throw new Error('the package did not load');
  return app;
}

function push(phone: ZpnsMock, kind: 'voip' | 'background', payload: object | string): void {
  if (kind === 'voip') phone.push(payload as PushPayload | string);
  else void phone.throughMessage(payload as Record<string, unknown>);
}

function user(phone: ZpnsMock, step: Extract<Step, { user: unknown }>): void {
  const uuid = () => named(step.call);
  const acts: Record<typeof step.user, () => unknown> = {
    answer: () => phone.answer(uuid(), step.others),
    end: () => phone.end(uuid()),
    mute: () => phone.setMuted(uuid(), true),
    unmute: () => phone.setMuted(uuid(), false),
    hold: () => phone.setHeld(uuid(), true),
    resume: () => phone.setHeld(uuid(), false),
    group: () => phone.setGroup(uuid(), named(step.with)),
    ungroup: () => phone.setGroup(uuid(), null),
    type: () => phone.playDTMF(uuid(), step.digits ?? ''),
    swap: () => phone.swap(),
    callBack: () => phone.callBack(),
    block: () => phone.block(step.handle ?? ''),
    silence: () => phone.setDoNotDisturb(step.on ?? true),
    unlock: () => phone.unlock(),
  };
  acts[step.user]();
}

function named(call: string | undefined): string {
  if (call === undefined) throw new Error('the step names no call');
  return callUUID(call);
}

function check(expected: unknown, actual: unknown): void {
  if (expected === undefined) return;
  const problem = mismatch(expected, actual);
  if (problem !== undefined) throw new Error(problem);
}

/** Compares how a promise ended with what the step says; success is expected if it says nothing. */
function ended(ending: Ending, { ok, error }: { readonly ok?: unknown; readonly error?: ErrorSpec }): void {
  if (error === undefined) {
    if ('error' in ending) throw new Error(`it is refused: ${JSON.stringify(ending.error)}`);
    check(ok, ending.ok);
  } else {
    if ('ok' in ending) throw new Error('it is not refused');
    check({ code: error.code, domain: error.domain }, ending.error);
    if (!ending.error.message.includes(error.says ?? '')) throw new Error(`the message is ${ending.error.message}`);
  }
}
