import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { GitHubWorld } from '../journeys/github-world.js';
import '../journeys/story-time.js';
import { owner } from '../journeys/world.js';
import { filesWith } from './files.js';

/** Put together at run time by the script, so that its own text, which is kept, does not hold them. */
const pieces: Record<string, string[]> = {
  aws: ['AKIA', 'IOSFODNN7EXAMPLE'],
  password: ['hunter', '-zwei-42'],
};
const leak = (token: string, secret: string) => `
import base64, os, sys
from urllib.parse import quote
token, secret = "".join(${JSON.stringify([...token].toReversed())}[::-1]), "".join(${JSON.stringify([...secret].toReversed())}[::-1])
aws = "".join(${JSON.stringify(pieces['aws'])})
url = "postgres://me:" + "".join(${JSON.stringify(pieces['password'])}) + "@db.example/x"
for one in (token, secret, aws, url, base64.b64encode(("x:" + token).encode()).decode(), quote(secret, safe="")):
    print("value:", one, flush=True)
    print("value:", one, file=sys.stderr, flush=True)
sys.stdout.write(token[:10])
sys.stdout.flush()
print(token[10:], flush=True)
print("environment:", dict(os.environ), flush=True)
folder = os.environ.get("DANDORI_ML_ROOT", ".") + "/output"
os.makedirs(folder, exist_ok=True)
with open(folder + "/failure", "w") as file:
    file.write("cannot reach " + url + " with " + token + " " + aws + " " + secret)
sys.exit(1)
`;

let world: GitHubWorld;
let token: string;
let secrets: string[];
beforeAll(async () => {
  world = await GitHubWorld.start('attacks-leak', { limits: false });
  token = world.fake.account.kind === 'token' ? world.fake.account.token : '';
  const secret = world.fake.webhookSecret;
  secrets = [token, secret, encodeURIComponent(secret), Buffer.from(token).toString('base64').slice(0, -4)];
  secrets.push(...Object.values(pieces).map((parts) => parts.join('')));
  world.write('leak.py', leak(token, secret));
});
afterAll(() => world.stop());

function leaks(text: string): string[] {
  return secrets.filter((secret) => text.includes(secret));
}

describe('11. a task that fails with secrets in its words', () => {
  it('leaves none of them in the journal, the logs, the comments, the record, or what MCP and the command line answer', async () => {
    const issue = await world.askApproved({ algorithm: undefined, training_script: 'leak.py', model_name: 'leak' });
    const run = await world.ended(issue);
    expect(run.cause).toMatch(/cannot reach postgres:\/\/me:\[redacted\]@db\.example/);

    expect(leaks(JSON.stringify([run, await world.show(issue), await world.list()]))).toEqual([]);
    const id = run.training_id;
    const own = await world.api.get(`/api/runs/${id}/history`);
    const log = await world.api.get<{ text: string }>(`/api/runs/${id}/log?phase=training`);
    expect(JSON.stringify(log)).toContain('value: [redacted]');
    expect(leaks(JSON.stringify([own, log]))).toEqual([]);

    const said = world.fake.commentsOf(issue).map(({ body }) => body);
    expect(leaks(said.join('\n'))).toEqual([]);
    const { file_path: path } = run.data['history'] as { file_path: string };
    const record = world.fake.repository.git.file('main', path) ?? '';
    expect(record).toContain('[redacted]');
    expect(leaks(record)).toEqual([]);
    expect(world.logged.join('\n')).toContain('[redacted]');
    expect(leaks(world.logged.join('\n'))).toEqual([]);

    const client = new Client({ name: 'outsider', version: '1' });
    const bearer = readFileSync(join(world.folders.stateDir, 'access-token'), 'utf8').trim();
    await client.connect(
      new StreamableHTTPClientTransport(new URL(world.server.health().mcp_url ?? ''), {
        requestInit: { headers: { authorization: `Bearer ${bearer}` } },
      }),
    );
    const calls = [
      { name: 'get_execution', arguments: { training_id: id } },
      { name: 'list_training_jobs', arguments: { training_id: id } },
      { name: 'get_dataset', arguments: { dataset_id: token } },
    ];
    for (const call of calls) {
      const answer = JSON.stringify(await client.callTool(call));
      expect(answer).not.toMatch(/no tool/);
      expect(leaks(answer)).toEqual([]);
    }
    await client.close();
    // The database with its log, job folders, stored logs: every byte that is kept.
    expect(filesWith(world.folders.stateDir, secrets)).toEqual([]);
  });

  it('is no way for a request either: what it names is redacted before it is kept', async () => {
    const issue = await world.ask({ data_source: { path: `${token}.csv` }, dataset_id: 'leak', model_name: 'leak' });
    await world.heard(issue, /cannot start yet|did not lead to a new model/);
    await world.ended(issue);
    await world.people.comment(issue, `/approve ${token}`, owner);
    await world.heard(issue, /nothing, or at least 7|Nothing waits/);
    const said = world.fake.commentsOf(issue).filter(({ user }) => user === world.fake.self);
    expect(leaks(said.map(({ body }) => body).join('\n'))).toEqual([]);
    expect(filesWith(world.folders.stateDir, secrets)).toEqual([]);
  });
});
