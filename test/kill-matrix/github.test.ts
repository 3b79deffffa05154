import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../../src/errors.js';
import type { FakeState } from '../fake-github/state.js';
import { eventually, type Folders, makeFolders } from '../journeys/world.js';
import { differences, endOn, type GitHubOutcome, GitHubSide, serveOn } from './github-side.js';
import { tableNames } from './outcome.js';
import { type Choose, type CrashPoint, Recorder } from './recorder.js';
import { letJobsEnd, standIns } from './replay.js';
import { copyState } from './snapshot.js';

/**
 * `npm run kill-matrix` takes every point of the run on an open branch; otherwise, and on a protected one, the first of each
 * kind in which GitHub has a part.
 */
const whole = process.env['KILL_MATRIX'] === 'all';
const only = process.env['KILL_MATRIX']
  ?.match(/^\d+(?:,\d+)*$/)?.[0]
  .split(',')
  .map(Number);
const atOnce = 3;

/** Writes that a run brings, each a kind of point `answer lost: ...`: on every branch, on an open and on a protected one. */
const writes = {
  always: [
    'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
    'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
    'PUT /repos/{owner}/{repo}/issues/{issue_number}/labels',
    'POST /repos/{owner}/{repo}/git/blobs',
    'POST /repos/{owner}/{repo}/git/trees',
    'POST /repos/{owner}/{repo}/git/commits',
  ],
  open: ['PATCH /repos/{owner}/{repo}/git/refs/{ref}'],
  protected: ['POST /repos/{owner}/{repo}/git/refs', 'POST /repos/{owner}/{repo}/pulls'],
};

/** Tables of the adapter that a run which passes does not write, each with the reason. */
const unwritten: Record<string, string> = {
  github_pause: 'GitHub asks for a pause after refusals only',
  github_spoken: 'nobody speaks at the command line',
};

const ofGitHub = /github_|^answer lost|history\./;

/** One run that is recorded on a fake GitHub, and what its copies need. */
class Recording {
  readonly folders: Folders = makeFolders('kill-github');
  readonly recorder: Recorder;
  /** What GitHub held at the points that were chosen, by number. */
  readonly #states = new Map<number, FakeState>();
  readonly #side: GitHubSide;
  readonly #protects: boolean;
  #openedAtMs = 0;

  constructor(protects: boolean) {
    this.#protects = protects;
    const copies = join(this.folders.root, 'copies');
    mkdirSync(copies);
    const kinds = new Set<string>();
    const chosen: Choose = ({ number, kind }) => {
      const isChosen = only?.includes(number) ?? (this.isWanted(kind) && (this.#takesAll || !kinds.has(kind)));
      kinds.add(kind);
      if (isChosen) this.#states.set(number, this.#side.fake.repository.snapshot());
      return isChosen;
    };
    this.recorder = new Recorder({ stateDir: this.folders.stateDir, copies, chosen });
    this.#side = new GitHubSide({ onWrite: (route) => this.recorder.mark(`answer lost: ${route}`) });
    if (protects) this.#side.fake.repository.protectedBranches.set('main', 'ruleset');
  }

  get #takesAll(): boolean {
    return whole && !this.#protects;
  }

  /** Whether a point of this kind is to be tested. */
  isWanted(kind: string): boolean {
    return this.#takesAll || ofGitHub.test(kind);
  }

  /** The run that nobody kills. */
  async record(): Promise<GitHubOutcome> {
    const { fake } = await this.#side.listen();
    const server = await serveOn(fake, this.folders, this.recorder.compose);
    await eventually('the first look at the repository', async () =>
      fake.requests.find(({ route }) => route.endsWith('/issues/events')),
    );
    this.#openedAtMs = Date.now();
    this.#side.openIssue(this.#openedAtMs);
    const outcome = await endOn(server, fake, { stateDir: this.folders.stateDir, wanted: null });
    this.recorder.stop();
    await server.app.ports.endpoints.stopRouter();
    await server.close();
    await fake.close();
    return outcome;
  }

  /** Starts a server on the copy of one crash point, on GitHub as it was then, and answers how its run ended. */
  async replay(point: CrashPoint, unkilled: GitHubOutcome): Promise<GitHubOutcome> {
    // Points that left the same bytes here share a copy; on GitHub they differ.
    const [stateDir, state] = [`${point.copy ?? ''}-again-${point.number}`, this.#states.get(point.number)];
    if (state === undefined) throw new Error(`GitHub was not copied at point ${point.number}.`);
    copyState(point.copy ?? '', stateDir);
    letJobsEnd(point, this.recorder, stateDir);
    const side = await new GitHubSide({ state }).listen();
    const server = await serveOn(
      side.fake,
      { ...this.folders, stateDir },
      { jobs: { commands: standIns(this.recorder) } },
    );
    try {
      side.openIssue(this.#openedAtMs);
      return await endOn(server, side.fake, { stateDir, wanted: unkilled });
    } finally {
      await server.app.ports.endpoints.stopRouter();
      await server.close();
      await side.fake.close();
      rmSync(stateDir, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

/** How a copy ends unlike the unkilled run; null when it does not. */
async function differs(recording: Recording, point: CrashPoint, unkilled: GitHubOutcome): Promise<unknown> {
  try {
    return differences(await recording.replay(point, unkilled), unkilled);
  } catch (error) {
    return { failed: messageOf(error) };
  }
}

async function replayAll(recording: Recording, points: readonly CrashPoint[], unkilled: GitHubOutcome) {
  const [left, bad] = [[...points], new Map<string, unknown>()];
  const worker = async () => {
    for (let point = left.shift(); point !== undefined; point = left.shift()) {
      const difference = await differs(recording, point, unkilled);
      if (difference !== null) bad.set(`${point.number} ${point.kind}`, difference);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return Object.fromEntries(bad);
}

const repositories = [
  { name: 'an open default branch', protects: false },
  { name: 'a protected default branch', protects: true },
];

describe.each(whole ? repositories : repositories.slice(0, 1))('the kill matrix on GitHub, $name', ({ protects }) => {
  let recording: Recording;
  let unkilled: GitHubOutcome;
  beforeAll(async () => {
    recording = new Recording(protects);
    unkilled = await recording.record();
  }, 120_000);
  afterAll(() => rmSync(recording.folders.root, { recursive: true, force: true, maxRetries: 3 }));

  it('has a crash point for every table of the adapter and for every write', () => {
    const kinds = new Set(recording.recorder.points.map((point) => point.kind));
    const tables = new Set([...kinds].flatMap((kind) => (kind.startsWith('commit ') ? kind.slice(7).split(' ') : [])));
    const ofAdapter = tableNames(recording.folders.stateDir).filter((table) => table.startsWith('github_'));
    expect(ofAdapter.filter((table) => !tables.has(table))).toEqual(Object.keys(unwritten).sort());
    const lost = [...kinds].filter((kind) => kind.startsWith('answer lost: ')).map((kind) => kind.slice(13));
    expect(lost.sort()).toEqual([...writes.always, ...(protects ? writes.protected : writes.open)].sort());
  });

  it('the unkilled run leaves one of each', () => {
    const count = (pattern: RegExp) => unkilled.comments.filter((one) => pattern.test(one)).length;
    expect(unkilled).toMatchObject({ status: 'in_service', version: '1.0.0', openEffects: [], unsent: [] });
    expect(unkilled.comments).toHaveLength(3);
    expect([/optimization_proposal -->/, /\/status -->/, /is in service\n/].map(count)).toEqual([1, 1, 1]);
    const records = unkilled.commits.filter((line) => line.includes('training_history/'));
    const branch = protects ? 'dandori/training-history' : 'main';
    expect(records).toEqual([expect.stringMatching(`^${branch}: Record `)]);
    expect(unkilled.pulls).toEqual(protects ? ['dandori/training-history into main, open'] : []);
    expect(unkilled.labels).toEqual(['mlops:deployed', 'mlops:train']);
  });

  it('a server killed at any point leaves on GitHub what the unkilled one leaves', { timeout: 3_600_000 }, async () => {
    const chosen = recording.recorder.points.filter((one) => one.copy !== null);
    const kinds = new Set(chosen.map(({ kind }) => kind));
    const of = recording.recorder.points.length;
    process.stdout.write(`kill matrix on GitHub: ${chosen.length} of ${of} crash points, ${kinds.size} kinds\n`);
    expect(JSON.stringify(await replayAll(recording, chosen, unkilled), null, 1)).toBe('{}');
    const wanted = recording.recorder.points.map(({ kind }) => kind).filter((kind) => recording.isWanted(kind));
    if (only === undefined) expect([...kinds].sort()).toEqual([...new Set(wanted)].sort());
  });
});
