import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { DandoriError, messageOf } from '../errors.js';
import { textOf } from '../messages/failures.js';
import { trainerDir } from '../installation.js';
import type { PythonHome } from '../serving/python-worker.js';

/** One progress line; numbers beside `percent` (0..100) become metrics of the job. */
export interface JobProgress {
  percent: number;
  phase: string;
  [metric: string]: number | string;
}

/** A job's view of its tree under the SageMaker training contract: `input/`, `output/`, `model/`. */
export interface Job {
  root: string;
  /** `input/config/hyperparameters.json`, flat strings; {} when there is none. */
  hyperparameters: Record<string, string>;
  /** Absolute path of a file of a channel; `invalid_input` names the files that are there. */
  channelFile(channel: string, name: string): string;
  /** Names of the files of a channel, sorted; [] for an absent channel. */
  channelFiles(channel: string): string[];
  /** A JSON document of a channel, parsed by its schema; `invalid_input` lists every problem. */
  document<T>(channel: string, name: string, schema: z.ZodType<T>): T;
  /** `output/data`, made on first use. */
  outputDir: string;
  /** `model`. */
  modelDir: string;
  /** For models with an inference.py of their own; null where the platform has no Python. */
  python: PythonHome | null;
  /** Scratch folder inside the attempt folder, for spills. */
  tempDir: string;
  progress(progress: JobProgress): void;
  log(line: string): void;
  /** Ends the job with a message for the person who asked for it. */
  fail(message: string): never;
}

/** What a job takes from its surroundings; tests give their own. */
export interface JobEnvironment {
  /** Root of the tree; default `DANDORI_ML_ROOT`, else `/opt/ml`. */
  root?: string;
  /** Default: the executable in `DANDORI_PYTHON`. */
  python?: PythonHome;
  write?: (line: string) => void;
  /** Of what a person reads when it fails. Default: `DANDORI_LANGUAGE`, else English. */
  language?: 'en' | 'ja';
}

/** Where the tree of this process is: `DANDORI_ML_ROOT`, else SageMaker's `/opt/ml`. */
function jobRoot(): string {
  return process.env['DANDORI_ML_ROOT'] ?? '/opt/ml';
}

function jobLanguage(): 'en' | 'ja' {
  return process.env['DANDORI_LANGUAGE'] === 'ja' ? 'ja' : 'en';
}

function pythonHome(): PythonHome | null {
  const executable = process.env['DANDORI_PYTHON'];
  return executable === undefined ? null : { executable, packages: trainerDir };
}

function parseJson(path: string, what: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new DandoriError('invalid_input', `${what} cannot be read as JSON.`, {
      found: messageOf(error),
      cause: error,
    });
  }
}

function readHyperparameters(root: string): Record<string, string> {
  const path = join(root, 'input', 'config', 'hyperparameters.json');
  if (!existsSync(path)) return {};
  const json = parseJson(path, 'input/config/hyperparameters.json');
  if (typeof json !== 'object' || json === null) {
    throw new DandoriError('invalid_input', 'input/config/hyperparameters.json is not an object of strings.');
  }
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, String(value)]));
}

function progressLine({ percent, phase, ...metrics }: JobProgress): string {
  const rest = Object.entries(metrics).map(([name, value]) => ` ${name}=${value}`);
  return `[dandori] progress=${Math.min(100, Math.max(0, percent)).toFixed(1)} phase=${phase}${rest.join('')}`;
}

/** Opens the tree of this process (or of `environment.root`). */
export function openJob(environment: JobEnvironment = {}): Job {
  const root = environment.root ?? jobRoot();
  const write = environment.write ?? ((line: string) => void process.stdout.write(`${line}\n`));
  const folder = (...parts: string[]) => {
    const path = join(root, ...parts);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const channelFiles = (channel: string): string[] => {
    const path = join(root, 'input', 'data', channel);
    return existsSync(path) ? readdirSync(path).toSorted() : [];
  };
  const channelFile = (channel: string, name: string): string => {
    const path = join(root, 'input', 'data', channel, name);
    if (existsSync(path)) return path;
    throw new DandoriError('invalid_input', `The job has no file ${name} in its channel "${channel}".`, {
      found: channelFiles(channel).join(', ') || 'an empty channel',
    });
  };
  return {
    root,
    hyperparameters: readHyperparameters(root),
    channelFile,
    channelFiles,
    document(channel, name, schema) {
      const parsed = schema.safeParse(parseJson(channelFile(channel, name), `${channel}/${name}`));
      if (parsed.success) return parsed.data;
      const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(document)'}: ${issue.message}`);
      throw new DandoriError('invalid_input', `${channel}/${name} is not valid: ${problems.join('; ')}.`, {
        data: { problems },
      });
    },
    outputDir: folder('output', 'data'),
    modelDir: folder('model'),
    tempDir: folder('tmp'),
    python: environment.python ?? pythonHome(),
    progress: (progress) => write(progressLine(progress)),
    log: write,
    fail(message) {
      throw new DandoriError('job_failed', message);
    },
  };
}

function recordFailure(root: string, error: unknown, language: 'en' | 'ja'): void {
  const text = messageOf(error);
  mkdirSync(join(root, 'output'), { recursive: true });
  writeFileSync(join(root, 'output', 'failure'), textOf(error, language));
  // A stack is of use only for what is ours; a refusal of the data speaks for itself.
  const detail = error instanceof Error && !(error instanceof DandoriError) ? (error.stack ?? text) : text;
  process.stderr.write(`${detail}\n`);
}

/** Runs a job to its end and answers the exit code: 0, or 1 with the reason in `output/failure`. */
export async function executeJob(main: (job: Job) => Promise<void>, environment: JobEnvironment = {}): Promise<0 | 1> {
  try {
    const job = openJob(environment);
    await main(job);
    return 0;
  } catch (error) {
    recordFailure(environment.root ?? jobRoot(), error, environment.language ?? jobLanguage());
    return 1;
  }
}

/** The last line of a job's program: runs it and ends the process with its exit code. */
export async function runJob(main: (job: Job) => Promise<void>): Promise<void> {
  process.exitCode = await executeJob(main);
}
