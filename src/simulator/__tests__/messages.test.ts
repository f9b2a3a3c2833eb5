/** What a phone makes of the addon's messages, also of those that the real library gives no occasion for. */
import { createVirtualPhone } from '..';

let say: (message: object) => void;

jest.mock('../addon', () => ({
  loadAddon: () => ({
    NativePhone: class {
      constructor(_options: string, listener: (message: string) => void) {
        say = (message) => listener(JSON.stringify(message));
      }
      snapshot = () => '{"app":"background"}';
      startJs = () => undefined;
      settle = () => undefined;
    },
  }),
}));

const entry = (number: number, type: string) => ({ entry: { number, at: 0, type } });
const event = (context: number) => ({ event: { context, type: 'registered', seq: 1, at: 0, flushed: false, body: '{}' } });

test('events reach the JavaScript that they are for and no other', () => {
  const phone = createVirtualPhone();
  const handler = jest.fn();
  phone.attachJS();
  phone.attachJS().onEvent(handler);
  say(event(1));
  expect(handler).not.toHaveBeenCalled();
  say(event(2));
  expect(handler).toHaveBeenCalledWith({ type: 'registered', seq: 1, at: 0, flushed: false, body: '{}' });
});

test('JavaScript is gone with a process that iOS killed', () => {
  const phone = createVirtualPhone();
  const handler = jest.fn();
  phone.attachJS().onEvent(handler);
  say(entry(1, 'jsStarted'));
  say(entry(2, 'killed'));
  say(event(1));
  expect(handler).not.toHaveBeenCalled();
  expect(() => phone.native).toThrow('no JavaScript runs');
});

test('a kill of an earlier process leaves later JavaScript alone', () => {
  const phone = createVirtualPhone();
  phone.attachJS();
  phone.attachJS();
  say(entry(1, 'jsStarted'));
  say(entry(2, 'killed'));
  say(entry(3, 'jsStarted'));
  expect(() => phone.native).not.toThrow();
});

test('settling waits for its own marker', async () => {
  const phone = createVirtualPhone();
  const settled = jest.fn();
  const [first, second] = [phone.settle(), phone.settle().then(settled)];
  say({ settled: 1 });
  await first;
  expect(settled).not.toHaveBeenCalled();
  say({ settled: 2 });
  await second;
  expect(settled).toHaveBeenCalled();
});
