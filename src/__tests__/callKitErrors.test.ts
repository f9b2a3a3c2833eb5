/** The errors that `CallKit` rejects with: each can be told from every other, and says what to do. */
import { CallKit, CXErrorCodeIncomingCall, CXHandleType, ZpnsCode, ZpnsError, ZpnsErrorDomain } from '..';
import { createZpnsMock, type ZpnsMock } from '../jest';
import { type Bench, makeBench } from './support/bench';

const callKit = CallKit.getInstance();
const OTHER = '1F0E9B52-5F1A-4C0E-9C55-3B1F3F6F2A10';

/** What it is refused with. */
async function refusal(promise: Promise<unknown>): Promise<ZpnsError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ZpnsError);
  return error as ZpnsError;
}

describe('on a phone', () => {
  let bench: Bench;

  beforeEach(() => {
    bench = makeBench();
  });

  afterEach(() => bench.dispose());

  test('K23: an error of CallKit keeps its number and its domain, and has words', async () => {
    await callKit.reportIncomingCall({}, OTHER);
    const error = await refusal(callKit.reportIncomingCall({}, OTHER));
    expect(error.is(ZpnsErrorDomain.IncomingCall, CXErrorCodeIncomingCall.CallUUIDAlreadyExists)).toBe(true);
    expect(error.message).toContain('already reported');
  });

  test('K24: no two reasons why a call can not be reported look alike', async () => {
    const noUUID = await refusal(callKit.reportIncomingCall({}, 'call-42'));
    await callKit.reportIncomingCall({}, OTHER);
    const duplicate = await refusal(callKit.reportIncomingCall({}, OTHER));
    await CallKit.setEnabled(false);
    const disabled = await refusal(callKit.reportIncomingCall({}, OTHER));
    expect([noUUID, duplicate, disabled].map(({ domain, code }) => `${domain} ${code}`)).toEqual([
      `zpns ${ZpnsCode.InvalidArgument}`,
      'com.apple.CallKit.error.incomingcall 2',
      `zpns ${ZpnsCode.CallKitDisabled}`,
    ]);
  });
});

describe('on the virtual iPhone over the real core', () => {
  let phone: ZpnsMock;

  beforeEach(() => {
    phone = createZpnsMock();
  });

  afterEach(() => {
    phone.dispose();
  });

  const handles = [
    { type: 9, value: 'Li hua' },
    { type: 'generic', value: 'Li hua' },
    { type: CXHandleType.Generic, value: null },
    { type: CXHandleType.Generic },
    'Li hua',
  ];
  const methods: [string, (handle: never) => Promise<unknown>][] = [
    ['reportIncomingCall', (remoteHandle) => callKit.reportIncomingCall({ remoteHandle }, OTHER)],
    ['reportCallUpdate', (remoteHandle) => callKit.reportCallUpdate({ remoteHandle }, OTHER)],
    ['startCall', (handle) => callKit.startCall(handle)],
  ];

  test.each(methods)('K27: a handle that CallKit would choke on is refused by %s', async (method, call) => {
    if (method === 'reportCallUpdate') await callKit.reportIncomingCall({}, OTHER);
    for (const handle of handles) {
      const error = await refusal(call(handle as never));
      expect(error.is(ZpnsErrorDomain.Zpns, ZpnsCode.InvalidArgument)).toBe(true);
      expect(error.message).toMatch(new RegExp(`^${method}: `));
    }
  });

  test('K27: a handle without text is filled in by reportIncomingCall and left as it was by reportCallUpdate', async () => {
    const empty = { type: CXHandleType.PhoneNumber, value: ' ' };
    await callKit.reportIncomingCall({ remoteHandle: empty, localizedCallerName: 'Li hua' }, OTHER);
    expect(phone.state().calls).toMatchObject([{ handle: { type: 1, value: 'Li hua' } }]);
    await callKit.reportCallUpdate({ remoteHandle: empty, hasVideo: true }, OTHER);
    expect(phone.state().calls).toMatchObject([{ handle: { type: 1, value: 'Li hua' }, video: true }]);
  });
});
