import { useEffect, useState, type ReactElement } from 'react';
import { Button, ScrollView, StyleSheet, Text, TextInput } from 'react-native';
import { call, hangUp, listenToCalls } from './callInvitation';
import { registerPush } from './push';

const EMPTY = { serverURL: '', appID: '', userToken: '', user: '', callee: '' };

/** Who I am, whom I call, and what happened. */
export function App(): ReactElement {
  const [form, setForm] = useState(EMPTY);
  const [lines, setLines] = useState<string[]>([]);
  const [callID, setCallID] = useState<string>();
  const report = (line: string) => setLines((before) => [line, ...before].slice(0, 50));
  const attempt = (act: () => Promise<void>) => () => {
    act().catch((error: unknown) => report(String(error)));
  };

  useEffect(() => listenToCalls(report), []);

  return (
    <ScrollView contentInsetAdjustmentBehavior="automatic" contentContainerStyle={styles.page}>
      {(Object.keys(EMPTY) as (keyof typeof EMPTY)[]).map((field) => (
        <TextInput
          key={field}
          style={styles.field}
          placeholder={field}
          autoCapitalize="none"
          secureTextEntry={field === 'userToken'}
          value={form[field]}
          onChangeText={(text) => setForm((before) => ({ ...before, [field]: text }))}
        />
      ))}
      <Button title="Register" onPress={attempt(() => registerPush(form, (pushID) => report(`pushID ${pushID}`)))} />
      <Button title="Video call" onPress={attempt(async () => setCallID(await call(form.user, form.callee, true)))} />
      <Button
        title="Hang up"
        disabled={callID === undefined}
        onPress={attempt(async () => {
          if (callID !== undefined) await hangUp(callID);
          setCallID(undefined);
        })}
      />
      {lines.map((line, number) => (
        <Text key={lines.length - number}>{line}</Text>
      ))}
    </ScrollView>
  );
}

const styles = StyleSheet.create({
  page: { padding: 16, gap: 8 },
  field: { borderWidth: StyleSheet.hairlineWidth, borderRadius: 4, padding: 8 },
});
