/** The example's call-invitation code, on the shipped mock and on the virtual iPhone over the real core. */
import { CallKit } from 'react-native-zpns';
import { benches, eventually, type Bench } from '../../src/__tests__/support/bench';
import { call, listenToCalls } from '../src/callInvitation';

const CALL_42 = 'F918FA96-D863-5F2C-9BA5-A60EA3CF90A8';
const PUSH = { call_id: 'call-42', aps: { alert: { title: 'Li hua' } }, payload: '{"room":"Li hua"}' };

describe.each(benches)('on %s', (_name, make) => {
  let bench: Bench;
  let lines: string[];
  let stop: () => void;

  beforeEach(() => {
    lines = [];
    bench = make();
  });

  afterEach(() => {
    stop();
    bench.dispose();
  });

  const said = (line: string) => eventually(() => lines.find((known) => known.startsWith(line)), line);

  test('a call rings before the app listens, is answered, and is hung up', async () => {
    await bench.push(PUSH);
    await bench.answer(CALL_42);
    stop = listenToCalls((line) => lines.push(line));
    await said(`incoming ${CALL_42}, payload {"room":"Li hua"}`);
    await said(`answered ${CALL_42}`);
    await bench.settle();
    expect(await CallKit.getInstance().getCalls()).toMatchObject([{ uuid: CALL_42, state: 'connected' }]);
    await bench.end(CALL_42);
    await said(`hung up ${CALL_42}`);
    expect(await CallKit.getInstance().getCalls()).toEqual([]);
  });

  test('without a gateway a call can not be made, and the error says what to do', async () => {
    stop = listenToCalls((line) => lines.push(line));
    await expect(call('alice', 'bob', true)).rejects.toMatchObject({ name: 'ZpnsError', code: '6009003' });
  });
});
