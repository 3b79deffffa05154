import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { projectRoot } from '../../../root.js';

const python = join(projectRoot, '.venv-moto', 'bin', 'python');
const program = join(projectRoot, 'test', 'parity', 'moto_server.py');
/** Less than the time of a hook, so that it is this that is said. */
const startWithinMs = 50_000;

/** False when the emulator's environment was not made: tests that need it skip and say so. */
export const motoIsInstalled = existsSync(python);
/** Ends the name of a suite that cannot run. */
export const motoSkipReason = motoIsInstalled
  ? ''
  : ' (skipped: no .venv-moto; "node scripts/setup.mjs --dev" makes it)';

/** A process of moto's server with clients for it. */
export interface Moto {
  sqs: SQSClient;
  sfn: SFNClient;
  /** An empty queue of its own; answers its URL. */
  makeQueue(): Promise<string>;
  /** A state machine of its own; answers its ARN. */
  makeStateMachine(definition: unknown): Promise<string>;
  /** Sets the clock of the queues forward. */
  advanceQueues(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** The server prints its port when it listens. */
async function portOf(server: ChildProcess): Promise<number> {
  let errors = '';
  server.stderr?.on('data', (chunk) => (errors += String(chunk)));
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`moto's server ${what}.\n${errors}`));
    const timer = setTimeout(() => fail(`did not listen within ${startWithinMs} ms`), startWithinMs);
    server.once('exit', (code) => fail(`ended with ${code}`));
    server.stdout?.once('data', (chunk) => {
      clearTimeout(timer);
      resolve(Number(String(chunk)));
    });
  });
}

/** Starts moto's server on a free port of this machine, with its executor of state machines switched on. */
export async function startMoto(): Promise<Moto> {
  const server = spawn(python, [program], { stdio: ['pipe', 'pipe', 'pipe'] });
  const endpoint = `http://127.0.0.1:${await portOf(server)}`;
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${endpoint}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`moto answered ${answer.status} to ${path}`);
  };
  await post('/moto-api/config', { stepfunctions: { execute_state_machine: true } });
  const options = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } };
  const sqs = new SQSClient(options);
  const sfn = new SFNClient(options);
  let made = 0;
  return {
    sqs,
    sfn,
    makeQueue: async () =>
      (await sqs.send(new CreateQueueCommand({ QueueName: `tasks-${(made += 1)}` }))).QueueUrl ?? '',
    async makeStateMachine(definition) {
      const command = new CreateStateMachineCommand({
        name: `machine-${(made += 1)}`,
        definition: JSON.stringify(definition),
        roleArn: 'arn:aws:iam::123456789012:role/dandori',
      });
      return (await sfn.send(command)).stateMachineArn ?? '';
    },
    advanceQueues: (ms) => post('/dandori/advance', { ms }),
    async close() {
      sqs.destroy();
      sfn.destroy();
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.stdin.end();
      await ended;
    },
  };
}
