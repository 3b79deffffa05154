// What `dandori up` starts, on a fake GitHub that counts no writes: in the environment nobody can say that.
import { readConfig } from '../../dist/config.js';
import { startServer } from '../../dist/entry/server.js';

const stateDir = process.argv[process.argv.indexOf('--dir') + 1];
const most = { result: 1e6, answer: 1e6, status: 1e6 };
const server = await startServer({
  config: readConfig({ stateDir }),
  active: true,
  http: true,
  compose: { github: { gapMs: 0, windows: [{ ms: 60_000, most }] }, looks: { trackerMs: 50, statusMs: 100 } },
});
process.once('SIGTERM', () => void server.close());
