import { z } from 'zod';
import { supervise } from '../adapters/local/jobs/supervise.js';

/** What the server wants kept out of the log; nothing when it died before it said so. */
async function secretsFrom(input: NodeJS.ReadStream): Promise<string[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? [] : z.array(z.string()).parse(JSON.parse(text));
}

// Started detached by the local job platform, one process a job: `node dist/jobs/supervisor.js ATTEMPT_FOLDER`.
const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('usage: supervisor ATTEMPT_FOLDER\n');
  process.exit(2);
}
await supervise(folder, await secretsFrom(process.stdin));
process.exit(0);
