/** The fields of `diagnose()`: all of them, the same on every phone, and what they say when something is wrong. */
import ZPNs, { CallKit, CXHandleType } from '..';
import { createZpnsMock, type ZpnsMock, type ZpnsMockOptions } from '../jest';
import type { ZpnsDiagnosis } from '../types';
import { eventually, makeBench, settle } from './support/bench';

/** What has fields and which, as `shape` tells it. */
type Shape<T> = T extends readonly (infer Item)[]
  ? Item extends object
    ? [Shape<Item>]
    : ''
  : T extends object
    ? { [Key in keyof T]-?: Shape<NonNullable<T[Key]>> | (null extends T[Key] ? '' : never) }
    : '';

/** Every field on iOS; lists by what their first item holds. The type says the same. */
const FIELDS: Omit<Shape<ZpnsDiagnosis>, 'available'> = {
  version: '',
  at: '',
  app: { bundleID: '', version: '', system: '', simulator: '', backgroundModes: '', callKitDisabled: '' },
  problems: '',
  account: { serverURL: '', appID: '', hasUserToken: '', installation: '', droppedAtSignOut: '' },
  registration: {
    state: '',
    environment: '',
    environmentSource: '',
    evidence: '',
    warning: '',
    tokens: { apns: { fingerprint: '' }, voip: { fingerprint: '' } },
    failures: '',
    nextTryAt: '',
    lastError: '',
  },
  events: { waiting: '', dropped: {}, withdrawn: '' },
  calls: {
    provider: '',
    pushes: [
      {
        at: '',
        secondsAgo: '',
        uuid: '',
        callIDHash: '',
        bytes: '',
        mustReport: '',
        decision: '',
        why: '',
        followed: '',
        unusableKeys: '',
      },
    ],
    live: [{ uuid: '', outgoing: '', state: '', confirmedByCallKit: '', since: '' }],
    followed: '',
    openStreams: '',
    openReports: '',
    openActions: [{ seq: '', callUUID: '', kind: '', deadline: '' }],
    openTransactions: '',
    outbox: '',
    endedRecently: '',
  },
  otherCalls: '',
};

/** What has fields and which: every other value is an empty text, and so is a list of values. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return typeof value[0] === 'object' ? [shape(value[0])] : '';
  if (typeof value !== 'object' || value === null) return '';
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, shape(field)]));
}

describe('on a phone', () => {
  test('diagnose has every field and no other', async () => {
    const bench = makeBench();
    try {
      await ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
      await bench.push({ call_id: 'call-42' });
      await bench.answer(await CallKit.getInstance().callUUID('call-42'));
      await bench.settle();
      expect(shape(await ZPNs.diagnose())).toEqual(FIELDS);
    } finally {
      bench.dispose();
    }
  });

  test('diagnose says how CallKit was configured', async () => {
    const bench = makeBench();
    try {
      await CallKit.setInitConfiguration({ localizedName: 'Example', maximumCallGroups: 3, supportedHandleTypes: [CXHandleType.Generic] });
      expect(await ZPNs.diagnose()).toMatchObject({
        calls: { provider: { localizedName: 'Example', maximumCallGroups: 3, supportedHandleTypes: [1] } },
      });
    } finally {
      bench.dispose();
    }
  });
});

describe('on the virtual iPhone over the real core', () => {
  let phone: ZpnsMock;

  function start(options: ZpnsMockOptions): void {
    phone = createZpnsMock(options);
  }

  afterEach(() => {
    phone.dispose();
  });

  test.each<[string, ZpnsMockOptions, string]>([
    ['lacks the background mode', { backgroundModes: ['remote-notification'] }, 'UIBackgroundModes lacks `voip`'],
    ['runs on Apple’s simulator', { signing: 'simulator' }, 'no VoIP pushes and no CallKit'],
  ])('a build that %s has that problem, with what to do', async (_what, options, problem) => {
    start(options);
    expect(await ZPNs.diagnose()).toMatchObject({ problems: [expect.stringContaining(problem) as string] });
  });

  test.each<[NonNullable<ZpnsMockOptions['signing']>, string, string, string]>([
    ['development', 'developmentProfile', 'development', 'provisioningProfile'],
    ['adHoc', 'productionProfile', 'production', 'default'],
    ['production', 'noProfile', 'production', 'default'],
    ['simulator', 'simulator', 'development', 'simulator'],
  ])('a build signed as %s shows as evidence %s', async (signing, evidence, environment, environmentSource) => {
    start({ signing });
    expect(await ZPNs.diagnose()).toMatchObject({ registration: { evidence, environment, environmentSource, warning: null } });
  });

  test('a token that iOS refuses shows with the number, the domain and the words of iOS', async () => {
    start({ pushCapability: false });
    await ZPNs.getInstance().registerPush();
    await settle();
    expect(await ZPNs.diagnose()).toMatchObject({
      registration: {
        tokens: { apns: { code: 3000, domain: 'NSCocoaErrorDomain', error: expect.stringContaining('aps-environment') as string } },
        lastError: expect.stringContaining('aps-environment') as string,
      },
    });
  });

  test('a registration that failed shows how often, why, and when it is tried again', async () => {
    start({});
    await ZPNs.configure({ serverURL: 'http://127.0.0.1:9', appID: 'example', userToken: 'header.claims.signature' });
    await ZPNs.getInstance().registerPush();
    let last: ZpnsDiagnosis['registration'];
    const failed = async () => {
      last = (await ZPNs.diagnose()).registration;
    };
    const registration = await eventually(() => {
      void failed();
      return last !== undefined && last.failures > 0 ? last : undefined;
    }, 'a failure');
    expect(registration.lastError).toContain("the gateway can't be reached");
    expect(registration.nextTryAt).toBeGreaterThan(Date.now() - 1_000);
  });
});
