import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type StoryWorld } from './start-world.js';

let world: StoryWorld;
beforeAll(async () => {
  world = await startWorld('trainer');
  await world.inService(await world.askApproved());
});
afterAll(() => world.stop());

const row = { income: 80, debt: 10, colour: 'red', luck: 0.3 };

/** Asks for the next version of the loans by a program of one's own. */
function askWithProgram(name: string, source: string, change: Record<string, unknown> = {}): Promise<number> {
  world.write(name, source);
  return world.askApproved({ algorithm: undefined, training_script: name, ...change });
}

const writesModel = (model: string, signature: string) => `
import os
folder = os.environ["SM_MODEL_DIR"]
open(os.path.join(folder, "model.onnx"), "wb").write(${model})
open(os.path.join(folder, "signature.json"), "w").write(${signature})
`;

interface Fault {
  name: string;
  source: string;
  limits?: Record<string, number>;
  said: RegExp;
  error: RegExp;
}

const faults: Fault[] = [
  {
    name: 'hangs',
    source: 'import time\nprint("started", flush=True)\ntime.sleep(600)\n',
    limits: { max_runtime_minutes: 0.1 },
    said: /ran longer than its limit of 6 s.*raise limits\.max_runtime_minutes/i,
    error: /LimitExceeded/,
  },
  {
    name: 'takes too much memory',
    source:
      'import time\nkept = []\nwhile len(kept) < 40:\n    kept.append(b"x" * 50_000_000)\n    time.sleep(0.05)\ntime.sleep(60)\n',
    limits: { max_memory_mb: 400 },
    said: /MB of memory; its limit is 400 MB.*raise limits\.max_memory_mb/i,
    error: /LimitExceeded/,
  },
  {
    name: 'fills the disk',
    // A hole: it takes no room, and it is larger than a job may write.
    source: 'import os\nopen(os.path.join(os.environ["SM_MODEL_DIR"], "big"), "wb").truncate(1 << 43)\n',
    said: /File too large.*free some disk space/is,
    error: /LimitExceeded/,
  },
  {
    name: 'fails',
    source: 'raise SystemExit("the moon is full")\n',
    said: /exit code 1: the moon is full/,
    error: /JobFailed/,
  },
  { name: 'ends without a model', source: 'print("done")\n', said: /wrote no model\.onnx/, error: /JobFailed/ },
  {
    name: 'writes a model that is none',
    source: writesModel('b"garbage" * 100', '"{}"'),
    said: /The model cannot be accepted.*signature\.json is not valid/s,
    error: /EvaluationFailed/,
  },
  {
    name: 'writes a signature that is no JSON',
    source: writesModel('b"garbage" * 100', '"{"'),
    said: /The model cannot be accepted.*signature\.json cannot be read as JSON/s,
    error: /EvaluationFailed/,
  },
];

describe('a training program that', () => {
  it.concurrent.each(faults)('$name: ends with a clear message, and the previous model serves', async (fault) => {
    const file = `${fault.name.replaceAll(' ', '_')}.py`;
    const issue = await askWithProgram(file, fault.source, fault.limits === undefined ? {} : { limits: fault.limits });
    const run = await world.ended(issue);
    const said = await world.lastSaid(issue);
    expect(run).toMatchObject({ status: 'failed', version: null });
    expect(said).toMatch(fault.said);
    expect(run.error).toMatch(fault.error);
    expect(said).toContain('Version 1.0.0 goes on serving.');
    expect((await world.predict('loans-staging', row)).body).toMatchObject({ model_version: '1.0.0' });
    const jobs = await world.server.app.ports.jobs.listJobs({ trainingId: run.training_id });
    expect(jobs.filter((job) => job.status === 'InProgress')).toEqual([]);
  });

  it.concurrent.each([
    {
      name: 'hangs',
      source: 'import time\ntime.sleep(600)\n',
      limits: { max_runtime_minutes: 0.1 },
      said: /の学習に失敗しました: ジョブの実行時間が上限の 6 秒を超えました。limits\.max\\?_runtime\\?_minutes を大きく/,
    },
    {
      name: 'takes too much memory',
      source: 'kept = [b"x" * 50_000_000 for _ in range(40)]\nimport time\ntime.sleep(60)\n',
      limits: { max_memory_mb: 400 },
      said: /の学習に失敗しました: ジョブのメモリ使用量（\d+ MB）が上限の 400 MB を超えました。/,
    },
    {
      name: 'fails',
      source: 'raise SystemExit("the moon is full")\n',
      said: /の学習に失敗しました: .* が終了コード 1 で終了しました。スクリプトを修正してください。最後の出力（原文）: the moon is full/,
    },
  ])('$name is told in Japanese to those who asked in it', async ({ name, source, limits, said }) => {
    const change = { language: 'ja', ...(limits === undefined ? {} : { limits }) };
    const issue = await askWithProgram(`ja_${name.replaceAll(' ', '_')}.py`, source, change);
    const run = await world.ended(issue);
    const comment = await world.lastSaid(issue);
    expect(comment).toMatch(said);
    expect(comment).not.toMatch(/Next:|The training/);
    expect(run.error).toMatch(/^Dandori\.\w+/);
  });

  it.concurrent('is killed once from outside trains again by itself', async () => {
    const once = join(world.folders.root, 'killed-once');
    const program = `
import os, signal, subprocess
if not os.path.exists(${JSON.stringify(once)}):
    open(${JSON.stringify(once)}, "w").close()
    os.kill(os.getpid(), signal.SIGKILL)
raise SystemExit("second try")
`;
    const issue = await askWithProgram('killed.py', program);
    const run = await world.ended(issue);
    expect(run.states.find((state) => state.state === 'TrainModel')?.attempts).toBe(2);
    expect(await world.lastSaid(issue)).toContain('second try');
  });
});
