/** The virtual iPhone over the real core, and the gateway over real HTTP. */
import { createVirtualPhone, type VirtualPhone, type VirtualPhoneOptions } from '../../simulator';
import { HttpGateway } from './httpGateway';
import { START, type Stage } from './stage';

/** Sets one up. */
export async function coreStage(options: object): Promise<Stage> {
  let now = START;
  const http = await HttpGateway.start(() => now);
  const phone = createVirtualPhone({ voipAtLaunch: true, manualClock: START, ...(options as VirtualPhoneOptions) });
  phone.launch();
  await phone.settle();
  phone.killApp();
  await phone.settle();
  const before = phone.timeline.entries.length;

  return {
    gateway: http.gateway,
    now: () => now,
    timeline: () => phone.timeline.entries.slice(before),
    app: (what) => {
      const acts = { launch: 'launch', kill: 'killApp', foreground: 'foreground', background: 'background' } as const;
      phone[acts[what]]();
    },
    startJS: () => phone.startJS(),
    stopJS: () => phone.stopJS(),
    push: (kind, payload) => phone.deliverPush(kind, payload),
    user: (step, uuid) => user(phone, step, uuid),
    apple: (step, uuid) => {
      if (step.apple === 'timeOut') phone.timeOutActions(uuid(step.call));
      else if (step.apple === 'resetProvider') phone.resetProvider();
      else phone[step.apple](step.kind);
    },
    advance: (milliseconds) => {
      now += milliseconds;
      phone.advance(milliseconds);
    },
    settle: async () => {
      http.expectTraffic();
      await phone.settle();
      await http.quiet();
      await phone.settle();
    },
    dispose: async () => {
      phone.switchOff();
      await http.stop();
    },
  };
}

function user(phone: VirtualPhone, step: Parameters<Stage['user']>[0], uuid: Parameters<Stage['user']>[1]): void {
  const of = () => uuid(step.call);
  const acts: Record<typeof step.user, () => void> = {
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
    callBack: () => phone.tapRecent(phone.state.recents.at(-1)?.recent ?? 0),
    block: () => phone.block(step.handle ?? ''),
    silence: () => phone.setDoNotDisturb(step.on ?? true),
    unlock: () => phone.unlock(),
  };
  acts[step.user]();
}
