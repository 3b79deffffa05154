import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readConfig } from '../config.js';
import { messageOf } from '../errors.js';
import { trainerDir } from '../installation.js';
import { program } from '../root.js';
import { runRouter } from '../serving/router-program.js';

const { values } = parseArgs({
  options: {
    'state-dir': { type: 'string' },
    port: { type: 'string', default: '7070' },
    workers: { type: 'string', default: '1' },
    handover: { type: 'boolean', default: false },
  },
});
const stateDir = values['state-dir'];
if (stateDir === undefined) {
  console.error('The router needs --state-dir DIR; "npx dandori up" starts it by itself.');
  process.exit(2);
}
await runRouter({
  stateDir,
  port: Number(values.port),
  workersPerVariant: Number(values.workers),
  modelServer: program('serving/model-server'),
  python: { executable: readConfig().pythonPath, packages: trainerDir },
  routerProgram: fileURLToPath(import.meta.url),
  isHandover: values.handover,
}).catch((error: unknown) => {
  console.error(messageOf(error));
  process.exit(1);
});
