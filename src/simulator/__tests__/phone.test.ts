/** The virtual iPhone as a developer uses it: the package's own code in it, over the real core. */
import { createVirtualPhone, type VirtualPhone, type VirtualPhoneOptions } from '..';

const phones: VirtualPhone[] = [];

function phoneWith(options: VirtualPhoneOptions = {}): VirtualPhone {
  const phone = createVirtualPhone({ voipAtLaunch: true, ...options });
  phones.push(phone);
  return phone;
}

afterEach(() => {
  for (const phone of phones.splice(0)) phone.switchOff();
});

test('the package that runs on a phone is the real one, over the real core', async () => {
  const { ZPNs } = phoneWith().startJS();
  await expect(ZPNs.getVersion()).resolves.toMatch(/^\d+\.\d+\.\d+$/);
});

test('two phones run the same package without sharing it', () => {
  const [one, other] = [phoneWith().startJS(), phoneWith().startJS()];
  expect(one.ZPNs).not.toBe(other.ZPNs);
});

test('without a server a pushID of its own is registered with both tokens', async () => {
  const phone = phoneWith();
  const { ZPNs } = phone.startJS();
  const registered = new Promise((resolve) => ZPNs.getInstance().on('registered', resolve));
  await ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
  await expect(registered).resolves.toMatchObject({ errorCode: 0, pushID: expect.stringMatching(/^zpl_/) as string });
});

test('what an app awaits stays pending when its process is killed', async () => {
  const phone = phoneWith();
  const { ZPNs } = phone.startJS();
  const settled = jest.fn();
  void ZPNs.getVersion().then(settled, settled);
  phone.killApp();
  phone.startJS();
  await phone.settle();
  expect(settled).not.toHaveBeenCalled();
});
