/** CallKit's configuration: before there is one, when it comes later, and at the next launch. */
import { CallKit, CXErrorCodeRequestTransaction, CXHandleType, ZpnsErrorDomain, type CXProviderConfiguration } from '..';
import { createZpnsMock } from '../jest';
import { type Bench, makeBench, settle } from './support/bench';

const callKit = CallKit.getInstance();
/** `call-42` by version 5 in this library's namespace. */
const CALL_42 = 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8';
const ONE_GROUP: CXProviderConfiguration = { localizedName: 'Example', maximumCallGroups: 1 };
const NO_ROOM = { domain: ZpnsErrorDomain.Transaction, code: String(CXErrorCodeRequestTransaction.MaximumCallGroupsReached) };

/** The app calls somebody. */
const startCall = () => callKit.startCall({ type: CXHandleType.Generic, value: 'Li hua' });

describe('on a phone', () => {
  let bench: Bench;

  beforeEach(() => {
    bench = makeBench();
  });

  afterEach(() => bench.dispose());

  test('K7: a call rings before there ever was a configuration', async () => {
    await bench.push({ call_id: 'call-42' });
    expect(await callKit.getCalls()).toMatchObject([{ uuid: CALL_42, state: 'ringing' }]);
  });

  test('K8: a configuration that comes later counts at once', async () => {
    await CallKit.setInitConfiguration(ONE_GROUP);
    await startCall();
    await expect(startCall()).rejects.toMatchObject(NO_ROOM);
    await CallKit.setInitConfiguration({ ...ONE_GROUP, maximumCallGroups: 2 });
    await expect(startCall()).resolves.toEqual({ uuid: expect.any(String) as string });
  });

  test('K9: what is null in a configuration counts as not given', async () => {
    const nulls = { supportsVideo: null, maximumCallGroups: null, supportedHandleTypes: null, iconTemplateImageName: null };
    await expect(CallKit.setInitConfiguration({ localizedName: 'Example', ...nulls } as never)).resolves.toBeUndefined();
    // CallKit's own default is two groups.
    await startCall();
    await startCall();
    await expect(startCall()).rejects.toMatchObject(NO_ROOM);
  });
});

test('setInitConfiguration holds at the next launch, where a push comes before JavaScript', async () => {
  const phone = createZpnsMock();
  try {
    phone.startJS();
    await CallKit.setInitConfiguration(ONE_GROUP);
    await settle();
    phone.killApp();
    phone.push({ call_id: 'call-42' });
    phone.startJS();
    await expect(startCall()).rejects.toMatchObject(NO_ROOM);
  } finally {
    phone.dispose();
  }
});
