/** Arguments that JavaScript lets through and no type allows: refused with the same number on every phone, and never as a fault of this package. */
import ZPNs, { CallInvitation, CallKit } from '..';
import { makeBench } from './support/bench';

const INVALID = '6009001';
const NOT_CONFIGURED = '6009003';

/** As from an app without types. */
const zpns = () => ZPNs.getInstance() as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
const zim = () => CallInvitation.getInstance() as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
const statics = ZPNs as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
const callKit = () => CallKit.getInstance() as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;

const odd: [what: string, ask: () => Promise<unknown> | undefined, code: string][] = [
  ['enableDebug(1)', () => statics.enableDebug?.(1), INVALID],
  ['registerPush(null)', () => zpns().registerPush?.(null), INVALID],
  ['registerPush({iOSEnvironment: 3})', () => zpns().registerPush?.({ iOSEnvironment: 3 }), INVALID],
  ['setLocalBadge(-1)', () => zpns().setLocalBadge?.(-1), INVALID],
  ['setLocalBadge(1.5)', () => zpns().setLocalBadge?.(1.5), INVALID],
  ['setServerBadge(100000)', () => zpns().setServerBadge?.(100_000), INVALID],
  ['callInvite with mode -1', () => zim().callInvite?.(['bob'], { mode: -1 }), INVALID],
  ['callInvite with mode 2', () => zim().callInvite?.(['bob'], { mode: 2 }), INVALID],
  ['callInvite with timeout 1.5', () => zim().callInvite?.(['bob'], { timeout: 1.5 }), INVALID],
  ['callInvite of nobody', () => zim().callInvite?.([], {}), INVALID],
  ['callInvite with null for its config', () => zim().callInvite?.(['bob'], null), NOT_CONFIGURED],
  ['callCancel with null for its config', () => zim().callCancel?.(['bob'], 'call-42', null), NOT_CONFIGURED],
  ['callEnd with an empty call ID', () => zim().callEnd?.('', {}), INVALID],
  ['setMuted of no UUID', () => callKit().setMuted?.('call-42', true), INVALID],
];

describe('on a phone', () => {
  // What nobody has to await is told by a warning, too.
  beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));
  afterEach(() => jest.restoreAllMocks());

  test.each(odd)('%s is refused', async (_what, ask, code) => {
    const bench = makeBench();
    try {
      await expect(ask()).rejects.toMatchObject({ code, domain: 'zpns' });
    } finally {
      bench.dispose();
    }
  });
});
