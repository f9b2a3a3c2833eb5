/** The call screen of docs/call-screen.md: the guide holds this file, character for character. */
import type { ReactElement } from 'react';
import { Button, Text, View } from 'react-native';
import { CallKit, type ZpnsCall } from 'react-native-zpns';
import { useCalls, useIncomingCall, useRegistration } from 'react-native-zpns/hooks';

const callKit = CallKit.getInstance();

/** Whether the phone can be called, who calls, and the other calls. */
export function CallScreen(): ReactElement {
  const calls = useCalls();
  const incoming = useIncomingCall();
  const registration = useRegistration();
  return (
    <View>
      <Text>{registration?.state === 'registered' ? 'This phone can be called' : 'Not registered'}</Text>
      {incoming && <Incoming call={incoming} />}
      {calls
        .filter(({ uuid }) => uuid !== incoming?.uuid)
        .map((call) => (
          <Going key={call.uuid} call={call} />
        ))}
    </View>
  );
}

function Incoming({ call }: { call: ZpnsCall }): ReactElement {
  return (
    <View>
      <Text>{`${name(call)} calls`}</Text>
      <Button title="Answer" onPress={ask(() => callKit.answerCall(call.uuid))} />
      <Button title="Decline" onPress={ask(() => callKit.endCall(call.uuid))} />
    </View>
  );
}

function Going({ call }: { call: ZpnsCall }): ReactElement {
  const { uuid, muted, onHold } = call;
  const notes = [call.state, muted && 'muted', onHold && 'on hold'].filter(Boolean);
  return (
    <View>
      <Text>{`${name(call)}: ${notes.join(', ')}`}</Text>
      <Button title={muted ? 'Unmute' : 'Mute'} onPress={ask(() => callKit.setMuted(uuid, !muted))} />
      <Button title={onHold ? 'Resume' : 'Hold'} onPress={ask(() => callKit.setHeld(uuid, !onHold))} />
      <Button title="Hang up" onPress={ask(() => callKit.endCall(uuid))} />
    </View>
  );
}

function name({ callerName, handle }: ZpnsCall): string {
  return callerName ?? handle?.value ?? 'Somebody';
}

/** The screen shows what came of it; what was refused is told here. */
function ask(act: () => Promise<void>): () => void {
  return () => {
    act().catch((error: unknown) => {
      console.warn(String(error));
    });
  };
}
