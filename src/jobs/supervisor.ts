import { supervise } from '../adapters/local/jobs/supervise.js';

/** What the server wants kept out of the log; nothing when it died before it said so. */
async function secretsFrom(input: NodeJS.ReadStream): Promise<string[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString('utf8');
  // By hand: a supervisor waits beside every job, and the library of schemas would be half of its start.
  const secrets: unknown = text === '' ? [] : JSON.parse(text);
  if (Array.isArray(secrets) && secrets.every((one) => typeof one === 'string')) return secrets;
  throw new Error('The secrets on the standard input are no list of texts.');
}

// Started detached by the local job platform, one process a job: `node dist/jobs/supervisor.js ATTEMPT_FOLDER`.
const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('usage: supervisor ATTEMPT_FOLDER\n');
  process.exit(2);
}
await supervise(folder, await secretsFrom(process.stdin));
process.exit(0);
