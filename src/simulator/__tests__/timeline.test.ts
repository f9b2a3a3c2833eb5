import { Timeline } from '../timeline';

test('waiting finds what happened before, unless only later entries count', async () => {
  const timeline = new Timeline();
  timeline.add({ number: 1, at: 0, type: 'badgeChanged', badge: 1 });
  await expect(timeline.waitFor('badgeChanged')).resolves.toMatchObject({ badge: 1 });
  const later = timeline.waitFor('badgeChanged', undefined, { after: timeline.last });
  timeline.add({ number: 2, at: 0, type: 'foreground' });
  timeline.add({ number: 3, at: 0, type: 'badgeChanged', badge: 2 });
  await expect(later).resolves.toMatchObject({ badge: 2 });
});

test('waiting looks for what matches', async () => {
  const timeline = new Timeline();
  const waiting = timeline.waitFor('ringing', ({ uuid }) => uuid === 'B');
  timeline.add({ number: 1, at: 0, type: 'ringing', uuid: 'A' });
  timeline.add({ number: 2, at: 0, type: 'ringing', uuid: 'B' });
  await expect(waiting).resolves.toMatchObject({ number: 2 });
});

test('waiting in vain tells what did happen', async () => {
  const timeline = new Timeline();
  timeline.add({ number: 1, at: 0, type: 'foreground' });
  await expect(timeline.waitFor('ringing', undefined, { timeoutMs: 1 })).rejects.toThrow(
    /ringing did not happen within 1 ms.*\n.*foreground/,
  );
});
