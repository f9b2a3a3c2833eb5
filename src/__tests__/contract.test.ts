/** Names and numbers that Rust, Swift and TypeScript all know, compared from their sources: mocks would hide a difference. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as zpns from '..';
import { CALL_INVITATION_EVENTS } from '../CallInvitation';
import { CALL_KIT_EVENTS } from '../callKitEvents';
import { METHODS } from '../methods';
import { VERSION } from '../version';
import { ZPNS_EVENTS } from '../zpnsEvents';

const ROOT = join(__dirname, '../..');
const rust = (path: string) => readFileSync(join(ROOT, 'rust', path), 'utf8');
const swift = (path: string) => readFileSync(join(ROOT, 'ios/Sources', path), 'utf8');

/** The members of a TypeScript enum. */
function members(numbers: object): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => typeof value === 'number'));
}

/** What each match of the pattern captures: a name and a value. */
function pairs(source: string, pattern: RegExp): [name: string, value: string][] {
  const found = [...source.matchAll(pattern)].map(([, name = '', value = '']): [string, string] => [name, value]);
  expect(found).not.toHaveLength(0);
  return found;
}

/** The numbers of a Rust enum with discriminants. */
function discriminants(source: string, name: string): Record<string, number> {
  const body = new RegExp(`pub enum ${name} \\{([^}]*)\\}`).exec(source)?.[1] ?? '';
  return Object.fromEntries(pairs(body, /^\s*(\w+) = ([\d_]+),$/gm).map(([member, value]) => [member, Number(value.replaceAll('_', ''))]));
}

/** The cases of an enum of the generated Swift bindings, in order, as Rust and TypeScript spell them. */
function cases(name: string): string[] {
  const body = new RegExp(`^public enum ${name}: [^{]*\\{(.*?)^\\}`, 'ms').exec(swift('ZpnsFFI/ZpnsFFI.swift'))?.[1] ?? '';
  // What follows the first blank `switch` are converters, indented deeper.
  return pairs(body, /^ {4}case (\w+)/gm).map(([member]) => member.charAt(0).toUpperCase() + member.slice(1));
}

test('the codes of this library are those of the core', () => {
  expect(members(zpns.ZpnsCode)).toEqual(discriminants(rust('core/src/error.rs'), 'Code'));
});

test('the codes of this library are those of the Swift layer', () => {
  const codes = pairs(swift('ZpnsKit/ZpnsError.swift'), /^\s*case `?(\w+)`? = ([\d_]+)$/gm).map(([code, number]) => [
    code.charAt(0).toUpperCase() + code.slice(1),
    Number(number.replaceAll('_', '')),
  ]);
  expect(Object.fromEntries(codes)).toEqual(members(zpns.ZpnsCode));
});

test('the domain of this library is that of the Swift layer', () => {
  expect(/static let domain = "(\w+)"/.exec(swift('ZpnsKit/ZpnsError.swift'))?.[1]).toBe(zpns.ZpnsErrorDomain.Zpns);
});

test('reasons, handle types and tones of the Swift bindings are those of TypeScript, in order', () => {
  expect(cases('EndedReason')).toEqual(Object.keys(members(zpns.CXCallEndedReason)));
  expect(cases('HandleType')).toEqual(Object.keys(members(zpns.CXHandleType)));
  const tones = cases('DtmfKind').map((tone) => `CXPlayDTMFCallActionType${tone}`);
  expect(tones).toEqual(Object.keys(members(zpns.CXPlayDTMFCallActionType)));
});

test('the domains of errors are those of the core', () => {
  const domains = pairs(rust('core/src/error.rs'), /^pub const (\w*DOMAIN): &str = "([^"]+)";$/gm).map(([, domain]) => domain);
  expect(Object.values(zpns.ZpnsErrorDomain).sort()).toEqual(domains.sort());
});

test('the methods are those of the core, but for those of native apps', () => {
  const methods = pairs(rust('core/src/command.rs'), /^ {4}(\w+) = "(\w+)";$/gm).map(([, method]) => method);
  expect([...METHODS].sort()).toEqual(methods.filter((method) => method !== 'setVoipToken').sort());
});

test('the events are those of the core, each of one class', () => {
  const events = pairs(rust('core/src/event.rs'), /^ {4}(\w+) = "(\w+)", \w+;$/gm).map(([, event]) => event);
  const known = [ZPNS_EVENTS, CALL_KIT_EVENTS, CALL_INVITATION_EVENTS].flatMap((table) => Object.keys(table));
  // Handled inside this package.
  expect([...known, 'userTokenNeeded'].sort()).toEqual(events.sort());
});

test('reasons, handle types and tones have the numbers of the core, tones one less', () => {
  const effect = rust('core/src/effect.rs');
  expect(members(zpns.CXCallEndedReason)).toEqual(discriminants(effect, 'EndedReason'));
  const tones = Object.entries(discriminants(effect, 'DtmfKind')).map(([tone, number]) => [`CXPlayDTMFCallActionType${tone}`, number - 1]);
  expect(members(zpns.CXPlayDTMFCallActionType)).toEqual(Object.fromEntries(tones));
  const handles = pairs(rust('protocol/src/push_config.rs'), /^\s*Self::(\w+) => (\d),$/gm).map(([handle, number]) => [
    handle,
    Number(number),
  ]);
  // The crate's word for the same thing.
  const spelled = Object.fromEntries(handles.map(([handle, number]) => [handle, number])) as Record<string, number>;
  expect(members(zpns.CXHandleType)).toEqual(spelled);
  expect(members(zpns.ZIMCXHandleType)).toEqual(spelled);
});

test('the modes of calls have the numbers of the gateway, and ZIM’s unknown', () => {
  const modes = [...rust('protocol/src/calls.rs').matchAll(/^\s*(\d) => Ok\(Self::(\w+)\),$/gm)].map(([, number, mode = '']) => [
    mode,
    Number(number),
  ]);
  expect(members(zpns.ZIMCallInvitationMode)).toEqual({ Unknown: -1, ...(Object.fromEntries(modes) as object) });
});

test('the states of calls have the numbers of the core, and ZIM’s unknown', () => {
  const states = pairs(rust('core/src/calls/invitations/zim.rs'), /^ {4}const (STARTED|ENDED): u8 = (\d);$/gm).map(([state, number]) => [
    state.charAt(0) + state.slice(1).toLowerCase(),
    Number(number),
  ]);
  expect(members(zpns.ZIMCallState)).toEqual({ Unknown: -1, ...(Object.fromEntries(states) as object) });
});

test('the states of users have the numbers of the gateway, and ZIM’s unknown', () => {
  const all = /ALL: \[Self; 11\] = \[([^\]]+)\]/.exec(rust('protocol/src/calls.rs'))?.[1] ?? '';
  const states = pairs(all, /Self::(\w+)/g).map(([state], number) => [state, number]);
  expect(members(zpns.ZIMCallUserState)).toEqual({ Unknown: -1, ...(Object.fromEntries(states) as object) });
});

test('CallKit’s numbers are Apple’s', () => {
  expect(members(zpns.CXErrorCode)).toEqual({ Unknown: 0, Unentitled: 1, InvalidArgument: 2, MissingVoIPBackgroundMode: 3 });
  expect(Object.values(members(zpns.CXErrorCodeIncomingCall))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(Object.values(members(zpns.CXErrorCodeRequestTransaction))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test('ZEGO’s numbers are kept', () => {
  expect(members(zpns.CXHandleType)).toEqual({ Generic: 1, PhoneNumber: 2, EmailAddress: 3 });
  expect(members(zpns.CXCallEndedReason)).toEqual({
    Failed: 1,
    RemoteEnded: 2,
    Unanswered: 3,
    AnsweredElsewhere: 4,
    DeclinedElsewhere: 5,
  });
  expect(members(zpns.ZpnsCode)).toMatchObject({
    PushServiceUnavailable: 6000401,
    PushServiceRefused: 6000402,
    PushIdFailed: 6000403,
    RegistrationFailed: 6000404,
    UnregistrationFailed: 6000405,
  });
  expect(members(zpns.ZPNsPushSourceType)).toEqual({ APNs: 1, FCM: 2, HuaWei: 3, XiaoMi: 4, Oppo: 5, Vivo: 6 });
  expect(members(zpns.ZPNsIOSEnvironment)).toEqual({ Production: 0, Development: 1, Automatic: 2 });
  expect(members(zpns.ZIMCallInvitationMode)).toEqual({ Unknown: -1, General: 0, Advanced: 1 });
  expect(members(zpns.ZIMCallState)).toEqual({ Unknown: -1, Started: 1, Ended: 2 });
});

test('the version is the same in every place', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
  expect(/^version = "([^"]+)"$/m.exec(readFileSync(join(ROOT, 'Cargo.toml'), 'utf8'))?.[1]).toBe(version);
});
