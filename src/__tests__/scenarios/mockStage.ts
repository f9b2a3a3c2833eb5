/** The in-memory phone of `react-native-zpns/jest`. */
import { join } from 'node:path';
import { ZpnsMock, type PushPayload, type ZpnsMockOptions } from '../../jest';
import type { AppExports } from '../../simulator';
import { ModuleRegistry } from '../../simulator/loader';
import { packageRoot } from '../../simulator/packageRoot';
import { reactNative } from '../../simulator/reactNative';
import { START, type Stage } from './stage';

/** Sets one up. */
export async function mockStage({ signing = 'development', ...options }: { signing?: string }): Promise<Stage> {
  const environment = signing === 'development' || signing === 'simulator' ? 'development' : 'production';
  const app = { bundleID: 'com.example.calls', appName: 'Calls' };
  const phone = new ZpnsMock({ ...app, environment, now: START, ...(options as ZpnsMockOptions) });
  let now = START;
  await Promise.resolve();
  return {
    gateway: phone.gateway,
    now: () => now,
    timeline: () => phone.timeline,
    app: (what) => {
      const acts = { launch: 'launch', kill: 'killApp', foreground: 'foreground', background: 'toBackground' } as const;
      phone[acts[what]]();
    },
    startJS: () => {
      const registry = new ModuleRegistry(new Map([['react-native', reactNative(phone.attachJS())]]), {});
      return registry.load(join(packageRoot, 'src/index.ts')) as AppExports;
    },
    stopJS: () => phone.stopJS(),
    push: (kind, payload) => {
      if (kind === 'background') void phone.throughMessage(payload as Record<string, unknown>);
      else phone.push(payload as PushPayload | string);
    },
    user: (step, uuid) => user(phone, step, uuid),
    apple: (step, uuid) => {
      if (step.apple === 'timeOut') phone.timeOut(uuid(step.call));
      else if (step.apple === 'resetProvider') phone.resetProvider();
      else phone[step.apple](step.kind);
    },
    advance: (milliseconds) => {
      now += milliseconds;
      phone.advance(milliseconds);
    },
    settle: () => new Promise((resolve) => setTimeout(resolve, 0)),
    dispose: () => Promise.resolve(),
  };
}

function user(phone: ZpnsMock, step: Parameters<Stage['user']>[0], uuid: Parameters<Stage['user']>[1]): void {
  const of = () => uuid(step.call);
  const acts: Record<typeof step.user, () => unknown> = {
    answer: () => phone.answer(of(), step.others),
    end: () => phone.end(of()),
    mute: () => phone.setMuted(of(), true),
    unmute: () => phone.setMuted(of(), false),
    hold: () => phone.setHeld(of(), true),
    resume: () => phone.setHeld(of(), false),
    group: () => phone.setGroup(of(), uuid(step.with)),
    ungroup: () => phone.setGroup(of(), null),
    type: () => phone.playDTMF(of(), step.digits ?? ''),
    swap: () => phone.swap(),
    callBack: () => phone.callBack(),
    block: () => phone.block(step.handle ?? ''),
    silence: () => phone.setDoNotDisturb(step.on ?? true),
    unlock: () => undefined,
  };
  acts[step.user]();
}
