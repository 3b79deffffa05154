import { supervise } from '../adapters/local/jobs/supervise.js';

// Started detached by the local job platform, one process a job: `node dist/jobs/supervisor.js ATTEMPT_FOLDER`.
const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('usage: supervisor ATTEMPT_FOLDER\n');
  process.exit(2);
}
await supervise(folder);
process.exit(0);
