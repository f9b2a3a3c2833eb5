import { loadAddon } from '../addon';

jest.mock('../packageRoot', () => ({ packageRoot: '/nowhere' }));

test('an addon that is not built is an error that says how to build it', () => {
  expect(() => loadAddon()).toThrow(/zpns\.node is missing, run "make node"/);
});
