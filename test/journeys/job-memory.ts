import { createHash, randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultCommands, type JobCommands } from '../../src/adapters/local/jobs/commands.js';
import type { ComposeOptions } from '../../src/compose.js';
import { readConfig } from '../../src/config.js';
import { trainerDir } from '../../src/installation.js';
import type { JobRequest } from '../../src/ports/job-platform.js';

// A job knows no tracker, and the same job makes the same of the same input. What it made in a story on the built-in tracker is
// kept for as long as the tests run, and the same story on GitHub lays it down again, where it gets there later. Nothing else of
// a story is remembered: plan, approval, verdict, package, deployment and record are made anew.

/** Made and taken away by test/memory-folder.ts. */
const memory = process.env['TEST_JOB_MEMORY'] ?? '';
/** For a job that is not done again: the folder with what was made, and the run that it is for now. */
const variables = { kept: 'TEST_JOB_REMEMBERED', run: 'TEST_JOB_RUN' };

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');

const script = `
[ -z "$${variables.kept}" ] && exec "$@"
set -e
cp -R "$${variables.kept}/model/." "$DANDORI_ML_ROOT/model"
cp -R "$${variables.kept}/data/." "$DANDORI_ML_ROOT/output/data"
run=$(cat "$${variables.kept}/run")
grep -rlI "$run" "$DANDORI_ML_ROOT/model" "$DANDORI_ML_ROOT/output/data" | while read -r file; do
  sed "s/$run/$${variables.run}/g" "$file" >"$TMPDIR/file" && mv "$TMPDIR/file" "$file"
done
# Its progress lines too.
cat "$${variables.kept}/job.log"
`;

function rememberingCommands(): JobCommands {
  const own = defaultCommands({ pythonPath: readConfig().pythonPath, trainerDir });
  const wrapped = (program: JobRequest['program']) => () => {
    const { command, args, ...rest } = own[program]();
    return { command: '/bin/sh', args: ['-c', script, 'remembering', command, ...args], ...rest };
  };
  return {
    trainer: wrapped('trainer'),
    'prepare-data': wrapped('prepare-data'),
    evaluate: wrapped('evaluate'),
    'profile-data': wrapped('profile-data'),
  };
}

/** Same program and same input, whichever run it is for and wherever the files of the input lie. */
function digestOf(request: JobRequest, objects: string): string {
  const { program, trainingId, hyperparameters, documents, environment, channels } = request;
  const masked = (text: string): string => sha256(text.replaceAll(trainingId, 'RUN'));
  // One that is missing is told by who starts the job.
  const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'latin1') : '');
  const files = Object.entries(channels).flatMap(([channel, ofChannel]) =>
    ofChannel.map(({ key, fileName }) => [channel, fileName, masked(read(join(objects, key)))]),
  );
  return masked(JSON.stringify([program, hyperparameters, documents, environment, files]));
}

/** A job that was started: what it is, and for which run. */
interface Known {
  digest: string;
  run: string;
}

/** Keeps the outputs of a job that ended well, unless another story was quicker. */
function remember(folder: string, { digest, run }: Known): void {
  const [kept, aside] = [join(memory, digest), join(memory, randomUUID())];
  if (existsSync(kept)) return;
  mkdirSync(aside);
  cpSync(join(folder, 'ml', 'model'), join(aside, 'model'), { recursive: true });
  cpSync(join(folder, 'ml', 'output', 'data'), join(aside, 'data'), { recursive: true });
  cpSync(join(folder, 'job.log'), join(aside, 'job.log'));
  writeFileSync(join(aside, 'run'), run);
  try {
    renameSync(aside, kept);
  } catch {
    rmSync(aside, { recursive: true });
  }
}

/** Keeps what the jobs of a state directory make; `recalls`: and does none that was done before. */
export function withJobMemory(stateDir: string, recalls: boolean): Pick<ComposeOptions, 'observe' | 'jobs'> {
  if (memory === '') return {};
  /** By the name of the job's folder. */
  const started = new Map<string, Known>();
  const before = {
    /** The first output that is stored: the job has ended well, and all of it still lies there. */
    putFile({ path }: { path: string }): object {
      const [, folder = '', name = ''] = /^(.*\/jobs\/([0-9a-f]{40}))\/ml\//.exec(path) ?? [];
      const known = started.get(name);
      if (known !== undefined) remember(folder, known);
      started.delete(name);
      return {};
    },
    startJob(request: JobRequest): object {
      const { jobName, trainingId: run, environment } = request;
      const digest = digestOf(request, join(stateDir, 'objects'));
      started.set(sha256(jobName).slice(0, 40), { digest, run });
      const kept = join(memory, digest);
      if (!recalls || !existsSync(kept)) return {};
      return { environment: { ...environment, [variables.kept]: kept, [variables.run]: run } };
    },
  };
  return {
    observe: (_port, adapter) =>
      new Proxy(adapter, {
        get(target, name) {
          const method: unknown = Reflect.get(target, name, target);
          if (typeof method !== 'function') return method;
          if (name !== 'putFile' && name !== 'startJob') return method.bind(target);
          return async (params: { path: string } & JobRequest): Promise<unknown> =>
            Reflect.apply(method, target, [{ ...params, ...before[name](params) }]);
        },
      }),
    ...(recalls ? { jobs: { commands: rememberingCommands() } } : {}),
  };
}
