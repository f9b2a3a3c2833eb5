/** Time on the phone: it stands still until `advance`, and follows fake timers where there are. */
import { CallKit } from '..';
import { createZpnsMock, type ZpnsMock } from '../jest';

let phone: ZpnsMock;

afterEach(() => {
  CallKit.getInstance().off('performAnswerCallAction');
  phone.dispose();
  jest.useRealTimers();
});

test('time stands still until advance', () => {
  phone = createZpnsMock({ now: 1_764_000_000_000 });
  phone.invite({ callID: 'call-42', timeout: 30 });
  phone.advance(29_999);
  expect(phone.happened('callEnded')).toEqual([]);
  phone.advance(1);
  expect(phone.happened('callEnded')).toMatchObject([{ at: 1_764_000_030_000, cause: 'unanswered' }]);
});

describe('under fake timers', () => {
  test('the phone’s clock is that of Date, and moves with jest.advanceTimersByTime', () => {
    jest.useFakeTimers({ now: 1_000_000 });
    phone = createZpnsMock();
    phone.invite({ callID: 'call-42', timeout: 30 });
    jest.advanceTimersByTime(29_999);
    expect(phone.happened('callEnded')).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(phone.happened('callEnded')).toMatchObject([{ at: 1_030_000, cause: 'unanswered' }]);
    expect(phone.now).toBe(Date.now());
  });

  test('each call sees the time that has passed', () => {
    jest.useFakeTimers({ now: 1_000_000 });
    phone = createZpnsMock();
    jest.setSystemTime(5_000_000);
    phone.push({ call_id: 'call-42' });
    expect(phone.happened('ringing')).toMatchObject([{ at: 5_000_000 }]);
  });

  test('what the app waits for and what the phone does happen in order', async () => {
    jest.useFakeTimers();
    phone = createZpnsMock();
    CallKit.getInstance().on('performAnswerCallAction', (action) => {
      setTimeout(() => void action.fulfill(), 5_000);
    });
    const answered = phone.answer(phone.invite({ callID: 'call-42' }));
    jest.advanceTimersByTime(4_999);
    expect(phone.happened('actionFulfilled')).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(await answered).toBe('fulfill');
  });

  test('an answer that the app does not settle fails by jest.advanceTimersByTime', async () => {
    jest.useFakeTimers();
    phone = createZpnsMock();
    const answered = phone.answer(phone.invite({ callID: 'call-42' }));
    jest.advanceTimersByTime(28_500);
    expect(await answered).toBe('fail');
    expect(phone.happened('callEnded')).toMatchObject([{ cause: 'failed' }]);
  });

  test('advance moves the phone ahead of them', () => {
    jest.useFakeTimers({ now: 1_000_000 });
    phone = createZpnsMock();
    phone.invite({ callID: 'call-42', timeout: 30 });
    phone.advance(20_000);
    jest.advanceTimersByTime(10_000);
    expect(phone.happened('callEnded')).toMatchObject([{ at: 1_030_000 }]);
  });

  test('a phone that was made before goes on from its own time', () => {
    phone = createZpnsMock({ now: 1_764_000_000_000 });
    jest.useFakeTimers({ now: 0 });
    phone.invite({ callID: 'call-42', timeout: 30 });
    jest.advanceTimersByTime(30_000);
    expect(phone.happened('callEnded')).toMatchObject([{ at: 1_764_000_030_000 }]);
    jest.useRealTimers();
    phone.push({ call_id: 'call-43' });
    expect(phone.happened('ringing').at(-1)).toMatchObject({ at: 1_764_000_030_000 });
  });

  test('a phone that is gone leaves no timer behind', () => {
    jest.useFakeTimers();
    phone = createZpnsMock();
    phone.invite({ callID: 'call-42' });
    expect(jest.getTimerCount()).toBe(1);
    phone.dispose();
    expect(jest.getTimerCount()).toBe(0);
  });
});
