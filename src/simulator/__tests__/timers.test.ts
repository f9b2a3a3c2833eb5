import { Timers } from '../timers';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('timers run as usual while their context lives', () => {
  const { globals } = new Timers();
  const work = jest.fn();
  globals.setTimeout(work, 10, 'argument');
  const interval = globals.setInterval(work, 20);
  const cleared = globals.setTimeout(work, 5);
  globals.clearTimeout(cleared);
  jest.advanceTimersByTime(45);
  globals.clearInterval(interval);
  jest.advanceTimersByTime(100);
  expect(work.mock.calls).toEqual([['argument'], [], []]);
});

test('timers end with their context and new ones never run', () => {
  const timers = new Timers();
  const work = jest.fn();
  timers.globals.setTimeout(work, 10);
  timers.globals.setInterval(work, 10);
  timers.end();
  timers.globals.setTimeout(work, 10);
  timers.globals.setInterval(work, 10);
  jest.advanceTimersByTime(100);
  expect(work).not.toHaveBeenCalled();
});
