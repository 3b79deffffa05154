import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../../src/errors.js';
import { type Folders, makeFolders } from '../journeys/world.js';
import { type Outcome, withoutLostJob } from './outcome.js';
import { type CrashPoint, effects, Recorder } from './recorder.js';
import { endOf, openIssue, replay, serve } from './replay.js';

/** `npm run kill-matrix` takes every point; otherwise the first of each kind and some between. */
const whole = process.env['KILL_MATRIX'] === 'all';
const only = process.env['KILL_MATRIX']
  ?.match(/^\d+(?:,\d+)*$/)?.[0]
  .split(',')
  .map(Number);
const everyNth = 40;
// More than there are processors: a replay also waits, for its jobs and its router.
const atOnce = 2 * availableParallelism();

/** Kinds of points that a run which passes does not have, and the test that has them. */
const elsewhere: Record<string, string> = {
  'after objects.delete': 'src/adapters/local/object-store.test.ts',
  'after jobs.stopJob': 'src/workflow/worker.test.ts',
  'after endpoints.deleteEndpoint': 'src/adapters/local/endpoint-platform.test.ts',
};

/** Tables that a run which passes does not write, each with the reason. */
const unwritten: Record<string, string> = {
  cancel_request: 'nobody cancels',
  dataset_checkout: 'written by the command "data checkout" alone',
  issue_events: 'written by people',
  issue_permissions: 'written by people',
  issue_reactions: 'written by people',
  object_digest: 'only objects of 1 MB and more',
  wf_history: 'written by releases with schema version 1 of the engine',
};

let folders: Folders;
let recorder: Recorder;
let unkilled: Outcome;

function chosen({ number, known }: { number: number; known: boolean }): boolean {
  if (only !== undefined) return only.includes(number);
  return whole || !known || number % everyNth === 0;
}

beforeAll(async () => {
  folders = makeFolders('kill-matrix');
  const copies = join(folders.root, 'copies');
  mkdirSync(copies);
  recorder = new Recorder({ stateDir: folders.stateDir, copies, chosen });
  const server = await serve(folders, recorder.compose);
  await openIssue(folders.stateDir);
  unkilled = await endOf(server, folders.stateDir, null);
  recorder.stop();
  await server.close();
  await server.app.ports.endpoints.stopRouter();
}, 120_000);
afterAll(() => rmSync(folders.root, { recursive: true, force: true, maxRetries: 3 }));

/** Lines of both that are not alike, each from its first difference on. */
function unlike(found: unknown, wanted: unknown): string[] {
  const lines = (value: unknown) => (Array.isArray(value) ? value : [value]).map((one) => inspectable(one));
  const [left, right] = [lines(found), lines(wanted)];
  const at = left.findIndex((line, index) => line !== right[index]);
  const [one = '(nothing)', other = '(nothing)'] = at < 0 ? ['(nothing)', right[left.length]] : [left[at], right[at]];
  let from = 0;
  while (from < one.length && one[from] === other[from]) from += 1;
  const part = (text: string) => text.slice(Math.max(0, from - 60), from + 100);
  return [`line ${at}: ${left.length} of ${right.length} lines`, `found  ${part(one)}`, `wanted ${part(other)}`];
}

function inspectable(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What is not as in the unkilled run, by field. */
function differences(found: Partial<Outcome>, wanted: Partial<Outcome>): Record<string, unknown> {
  const fields = Object.entries(wanted).map(([field, value]) => ({
    field,
    left: found[field as keyof Outcome],
    value,
  }));
  const bad = fields.filter(({ left, value }) => !isDeepStrictEqual(left, value));
  return Object.fromEntries(bad.map(({ field, left, value }) => [field, unlike(left, value)]));
}

interface Case {
  point: CrashPoint;
  jobsLive: boolean;
}

/** How a case differs from the unkilled run; null when it does not. */
async function differs({ point, jobsLive }: Case): Promise<Record<string, unknown> | null> {
  try {
    const found = await replay({ point, recorder, folders, wanted: unkilled, jobsLive });
    const difference = jobsLive
      ? differences(found, unkilled)
      : differences(withoutLostJob(found), withoutLostJob(unkilled));
    return Object.keys(difference).length === 0 ? null : difference;
  } catch (error) {
    return { failed: messageOf(error) };
  }
}

/** Replays the cases, some at once; answers those that did not end as they should. */
async function replayAll(cases: readonly Case[]): Promise<Record<string, unknown>> {
  const left = [...cases];
  const bad: Record<string, unknown> = {};
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      const difference = await differs(one);
      if (difference !== null)
        bad[`${one.point.number} ${one.point.kind} ${one.jobsLive ? 'server' : 'all'}`] = difference;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return bad;
}

/** The points of which a copy was made, one for each copy: all that left the same bytes restart alike. */
function restarts(points: readonly CrashPoint[]): CrashPoint[] {
  const copied = points.filter((one) => one.copy !== null);
  return copied.filter((one, index) => copied.findIndex(({ copy }) => copy === one.copy) === index);
}

describe('the kill matrix', () => {
  it('has a crash point for every table and every effect outside of the database', () => {
    const kinds = new Set(recorder.points.map((point) => point.kind));
    const covered = new Set([...kinds].flatMap((kind) => (kind.startsWith('commit ') ? kind.slice(7).split(' ') : [])));
    const tables = Object.keys(unkilled.rows);
    expect(tables.filter((table) => !covered.has(table) && !(table in unwritten))).toEqual([]);
    expect(Object.keys(unwritten).filter((table) => covered.has(table))).toEqual([]);
    const methods = Object.entries(effects).flatMap(([port, names]) => names.map((name) => `after ${port}.${name}`));
    expect(methods.filter((kind) => !kinds.has(kind) && !(kind in elsewhere))).toEqual([]);
    expect(Object.keys(elsewhere).filter((kind) => kinds.has(kind))).toEqual([]);
  });

  it('the unkilled run leaves one of each', () => {
    const count = (pattern: RegExp) => unkilled.comments.filter((one) => pattern.test(one)).length;
    expect(unkilled).toMatchObject({ status: 'in_service', version: '1.0.0', openEffects: [] });
    expect(unkilled.comments).toHaveLength(3);
    expect([/optimization_proposal -->/, /\/status -->/, /is in service\n/].map(count)).toEqual([1, 1, 1]);
    expect(unkilled.versions).toHaveLength(1);
    expect(unkilled.endpoints).toHaveLength(1);
    expect(unkilled.commits.filter((line) => line.startsWith('Record '))).toHaveLength(1);
  });

  it('a server killed at any point ends the run like the unkilled one', { timeout: 900_000 }, async () => {
    const covered = recorder.points.filter((one) => one.copy !== null);
    const cases = restarts(covered).map((point) => ({ point, jobsLive: true }));
    const kinds = new Set(covered.map((point) => point.kind));
    const of = recorder.points.length;
    process.stdout.write(
      `kill matrix: ${covered.length} of ${of} crash points, ${kinds.size} kinds, ${cases.length} different states of the disk\n`,
    );
    const bad = await replayAll(cases);
    expect(JSON.stringify(bad, null, 1)).toBe('{}');
    if (only === undefined) expect(kinds.size).toBe(new Set(recorder.points.map((point) => point.kind)).size);
  });

  it('a machine that stops while a job runs repeats that job and ends alike', { timeout: 300_000 }, async () => {
    const during = recorder.points.filter((one) => one.running.length > 0 && one.copy !== null);
    const cases = restarts(during).map((point) => ({ point, jobsLive: false }));
    process.stdout.write(`kill matrix: ${cases.length} points with a running job, killed with it\n`);
    const bad = await replayAll(cases);
    expect(JSON.stringify(bad, null, 1)).toBe('{}');
  });
});
