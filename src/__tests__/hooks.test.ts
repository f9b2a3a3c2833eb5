/** `react-native-zpns/hooks`: the call screen of the guide, drawn from hooks alone, over the real core. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as React from 'react';
import { act, createElement, type ReactElement } from 'react';
import { createRoot, type Root, type TestInstance } from 'test-renderer';
import ZPNs, { CallKit, type CXAction, type Subscription } from '..';
import * as hooks from '../hooks';
import { useCalls, useIncomingCall, useRegistration } from '../hooks';
import { type Bench, makeBench, settle } from './support/bench';
import { CallScreen } from './support/CallScreen';

const zpns = ZPNs.getInstance();
const callKit = CallKit.getInstance();
/** `call-42` by version 5 in this library's namespace. */
const CALL_42 = 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8';
const OTHER = '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

// React Native's components are loaded when they are first drawn, which takes seconds on a busy machine.
jest.setTimeout(60_000);

let bench: Bench;
let root: Root;
const subscriptions: Subscription[] = [];

/** What an app listens to in its entry file. */
function settleActions(): void {
  const settle = (action: CXAction) => action.fulfill();
  for (const type of ['performAnswerCallAction', 'performEndCallAction', 'performSetMutedCallAction'] as const) {
    subscriptions.push(callKit.addListener(type, settle));
  }
}

/** Does something, and draws what comes of it. */
async function doing(what: () => unknown): Promise<void> {
  await act(async () => {
    await what();
    await settle();
    await settle();
  });
}

async function draw(element: ReactElement): Promise<void> {
  root = createRoot({ textComponentTypes: ['Text'] });
  await doing(() => root.render(element));
}

/** What stands on the screen, buttons aside. */
function lines(): string[] {
  const titles = buttons();
  return textsIn(root.container).filter((text) => !titles.has(text));
}

function textsIn(part: TestInstance): string[] {
  const isText = (child: unknown) => typeof child === 'string';
  return part.queryAll(({ type }) => type === 'Text').map(({ children }) => children.filter(isText).join(''));
}

/** What a button does, by its title. */
function buttons(): Map<string, () => void> {
  const all = root.container.queryAll(({ props }) => props.accessibilityRole === 'button');
  return new Map(all.map((button) => [textsIn(button).join(''), button.props.onClick as () => void]));
}

const press = (title: string): Promise<void> =>
  doing(() => {
    const pressed = buttons().get(title);
    if (pressed === undefined) throw new Error(`There is no button ${title}.`);
    pressed();
  });

beforeEach(() => {
  bench = makeBench();
  settleActions();
});

afterEach(async () => {
  await doing(() => root.unmount());
  for (const subscription of subscriptions.splice(0)) subscription.remove();
  bench.dispose();
});

test('a call screen drawn from hooks alone is right after the user’s actions and the app’s own', async () => {
  await draw(createElement(CallScreen));
  expect(lines()).toEqual(['Not registered']);
  await doing(() => zpns.registerPush({ enableIOSVoIP: true }));
  expect(lines()).toEqual(['This phone can be called']);

  await doing(() => bench.push({ call_id: 'call-42', aps: { alert: { title: 'Li hua' } } }));
  expect(lines().slice(1)).toEqual(['Li hua calls']);
  await press('Answer');
  expect(lines().slice(1)).toEqual(['Li hua: connected']);
  await press('Mute');
  expect(lines().slice(1)).toEqual(['Li hua: connected, muted']);
  await doing(() => bench.setMuted(CALL_42, false));
  expect(lines().slice(1)).toEqual(['Li hua: connected']);
  await press('Hold');
  expect(lines().slice(1)).toEqual(['Li hua: connected, on hold']);

  await doing(() => bench.push({ call_id: OTHER, aps: { alert: { title: 'Wang wei' } } }));
  expect(lines().slice(1)).toEqual(['Wang wei calls', 'Li hua: connected, on hold']);
  await press('Decline');
  expect(lines().slice(1)).toEqual(['Li hua: connected, on hold']);
  await press('Resume');
  await press('Hang up');
  expect(lines()).toEqual(['This phone can be called']);
});

test('registration is drawn anew after what no event tells of', async () => {
  const states: unknown[] = [];
  function State(): null {
    states.push(useRegistration()?.state);
    return null;
  }
  await draw(createElement(State));
  await doing(() => zpns.registerPush());
  expect([states[0], states[1], states.at(-1)]).toEqual([undefined, 'idle', 'registered']);
  await doing(() => zpns.unregisterPush());
  expect(states.at(-1)).toBe('idle');
});

test('components share one listener, which goes with the last of them', async () => {
  const unlisten = jest.spyOn(bench.native, 'unlisten');
  function Calls(): null {
    useCalls();
    useIncomingCall();
    return null;
  }
  await draw(createElement('View', {}, createElement(Calls, { key: 1 }), createElement(Calls, { key: 2 })));
  await doing(() => root.render(createElement('View', {}, createElement(Calls, { key: 3 }))));
  expect(unlisten).not.toHaveBeenCalled();
  await doing(() => root.render(createElement('View')));
  expect(unlisten.mock.calls).toEqual([['callsChanged']]);
});

test('who comes after the last component has gone does not see how the calls stood then', async () => {
  const seen: number[] = [];
  function Calls(): null {
    seen.push(useCalls().length);
    return null;
  }
  await draw(createElement(Calls));
  await doing(() => bench.push({ call_id: 'call-42' }));
  expect(seen.at(-1)).toBe(1);
  await doing(() => root.unmount());
  await doing(() => bench.end(CALL_42));
  seen.length = 0;
  await draw(createElement(Calls));
  expect(new Set(seen)).toEqual(new Set([0]));
});

test('the call screen of the guide is the one that is drawn here', () => {
  const guide = readFileSync(join(__dirname, '../../docs/call-screen.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```tsx\n([^]*?)^```$/gm)].map(([, code]) => code);
  expect(blocks).toContain(readFileSync(join(__dirname, 'support/CallScreen.tsx'), 'utf8'));
  root = createRoot();
});

test('what is drawn after a reload is right at once, though its modules have heard nothing yet', async () => {
  await draw(createElement(CallScreen));
  await doing(() => bench.push({ call_id: 'call-42' }));
  await doing(() => bench.answer(CALL_42));
  await press('Mute');
  await doing(() => root.unmount());

  jest.resetModules();
  // The renderer keeps to the React that it began with.
  jest.doMock('react', () => React);
  bench.phone.startJS();
  const fresh = jest.requireActual<typeof hooks>('../hooks');
  expect(fresh.useCalls).not.toBe(hooks.useCalls);
  let seen: unknown;
  function Calls(): null {
    seen = fresh.useCalls();
    return null;
  }
  await draw(createElement(Calls));
  expect(seen).toMatchObject([{ uuid: CALL_42, state: 'connected', muted: true }]);
});
