/** The native module as one JavaScript context sees it. */
import type { NativePhone } from '../addon';
import { NativeModule } from '../nativeModule';

/** A phone that numbers invocations and notes what it was asked for. */
function phoneThat(fails?: Error) {
  const asked: string[] = [];
  const phone = {
    invoke(method: string) {
      if (fails) throw fails;
      return asked.push(method);
    },
    listen: (type: string) => void asked.push(`listen ${type}`),
    unlisten: (type: string) => void asked.push(`unlisten ${type}`),
  };
  return { native: new NativeModule(phone as unknown as NativePhone), asked };
}

const EVENT = { type: 'registered', seq: 1, at: 0, flushed: false, body: '{}' };

test('answers settle the invocation that they belong to', async () => {
  const { native } = phoneThat();
  const [one, two] = [native.invoke('one', '{}'), native.invoke('two', '{}')];
  native.answer(2, 'second');
  native.answer(1, 'first');
  await expect(Promise.all([one, two])).resolves.toEqual(['first', 'second']);
  native.detach();
});

test('an invocation that the phone refuses rejects', async () => {
  const { native } = phoneThat(new Error('the app is not running'));
  await expect(native.invoke('one', '{}')).rejects.toThrow('the app is not running');
});

test('an answer that nobody awaits is ignored', () => {
  const { native } = phoneThat();
  expect(() => native.answer(9, '{}')).not.toThrow();
});

test('a handler that was removed hears nothing, the others do', () => {
  const { native } = phoneThat();
  const [one, two] = [jest.fn(), jest.fn()];
  const subscription = native.onEvent(one);
  native.onEvent(two);
  subscription.remove();
  native.emit(EVENT);
  expect(one).not.toHaveBeenCalled();
  expect(two).toHaveBeenCalledWith(EVENT);
});

test('after it is detached nothing is called and nothing is asked', () => {
  const { native, asked } = phoneThat();
  const handler = jest.fn();
  native.onEvent(handler);
  native.detach();
  native.emit(EVENT);
  native.listen('registered');
  native.unlisten('registered');
  void native.invoke('one', '{}');
  expect(handler).not.toHaveBeenCalled();
  expect(asked).toEqual([]);
});

test('a handler that detaches keeps the event from those behind it', () => {
  const { native } = phoneThat();
  const later = jest.fn();
  native.onEvent(() => native.detach());
  native.onEvent(later);
  native.emit(EVENT);
  expect(later).not.toHaveBeenCalled();
});
