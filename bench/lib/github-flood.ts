import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../src/adapters/github/clock.js';
import { readOwn } from '../../src/adapters/github/own-text.js';
import { readConfig } from '../../src/config.js';
import { openDatabase } from '../../src/db.js';
import { type RunningServer, startServer } from '../../src/entry/server.js';
import { quietLog } from '../../src/entry/testing/state-dir.js';
import { loansFields } from '../../src/request/testing/loans.js';
import { type FakeGitHub, startFakeGitHub } from '../../test/fake-github/fake-github.js';
import { serverConfigOf } from '../../test/fake-github/server-config.js';

const owner = 'owner';
const longestMs = 600_000;
const nothing = () => undefined;

/** A time that can be made to run faster than the real one, for GitHub's hours. */
class FastClock implements Clock {
  #fromMs = Date.now();
  #realMs = this.#fromMs;
  #speed = 1;

  nowMs = (): number => this.#fromMs + (Date.now() - this.#realMs) * this.#speed;

  run(speed: number): void {
    [this.#fromMs, this.#realMs] = [this.nowMs(), Date.now()];
    this.#speed = speed;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const untilMs = this.nowMs() + ms;
    const options = signal === undefined ? {} : { signal };
    // In short parts: the speed may change meanwhile.
    for (let leftMs = ms; leftMs > 0; leftMs = untilMs - this.nowMs()) {
      if (signal?.aborted === true) return;
      await delay(Math.min(leftMs / this.#speed, 100), undefined, options).catch(nothing);
    }
  }
}

export interface FloodSize {
  issues: number;
  /** Real time within which they are opened. */
  withinMs: number;
  /** How fast GitHub's time runs after that. */
  speed: number;
}

export interface FloodFigures {
  /** From the first issue to the last. */
  openedInMs: number;
  deliveries: number;
  /** Milliseconds until the webhook answered, sorted. */
  webhookMs: number[];
  refusedDeliveries: number;
  writes: number;
  writesAMinute: number;
  writesAnHour: number;
  refusedByLimit: number;
  /** Most writes that waited at once. */
  outboxMost: number;
  /** Issues without exactly one answer and one label that tells of it. */
  lost: number[];
  /** GitHub's time from the first issue to the last answer. */
  answeredInMs: number;
  memoryMb: number;
}

const csv = ['income,debt,colour,luck,good'];
for (let row = 0; row < 300; row += 1) {
  const [income, debt] = [(row * 37) % 100, (row * 61) % 100];
  csv.push(`${income},${debt},${['red', 'green'][row % 2] ?? ''},0.${row},${income > debt ? 'yes' : 'no'}`);
}

/** Nine of ten cannot be done, each for a reason of its own; the tenth gets a proposal and waits for a person. */
function bodyOf(at: number): string {
  const request = loansFields({ model_name: `loans-${at}`, cv_folds: isGood(at) ? 2 : `many-${at}` });
  return `Please train this.\n\n\`\`\`json\n${JSON.stringify(request)}\n\`\`\`\n`;
}

const isGood = (at: number): boolean => at % 10 === 0;

/** Most entries of a sorted list of times that lie within a window of this length. */
function mostWithin(timesMs: readonly number[], windowMs: number): number {
  let [from, most] = [0, 0];
  timesMs.forEach((atMs, at) => {
    while ((timesMs[from] ?? atMs) <= atMs - windowMs) from += 1;
    most = Math.max(most, at - from + 1);
  });
  return most;
}

/** Issues that do not have their one answer and the label that tells of it. */
function withoutAnswer(fake: FakeGitHub, numbers: ReadonlyMap<number, number>): number[] {
  const isAnswered = ([number, at]: [number, number]): boolean => {
    const own = fake.commentsOf(number).flatMap(({ body }) => readOwn(body)?.body ?? []);
    const label = isGood(at) ? 'mlops:waiting' : 'mlops:invalid';
    const answers = own.filter((body) => (isGood(at) ? /optimization_proposal -->/ : /`?cv_folds`?/).test(body));
    return answers.length === 1 && fake.repository.issue(number).labels.includes(label);
  };
  return [...numbers].filter((entry) => !isAnswered(entry)).map(([number]) => number);
}

interface Parts {
  fake: FakeGitHub;
  clock: FastClock;
  server: RunningServer;
  stateDir: string;
}

async function withServer<T>(use: (parts: Parts) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'dandori-flood-'));
  const [stateDir, dataDir, clock] = [join(root, 'state'), join(root, 'data'), new FastClock()];
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'loans.csv'), `${csv.join('\n')}\n`);
  const fake = await startFakeGitHub({ nowMs: clock.nowMs });
  fake.permit(owner, 'admin');
  const config = {
    ...readConfig({ stateDir, port: 0, servingPort: 0, dataRoots: [dataDir], user: owner, logLevel: 'error' }),
    github: serverConfigOf(fake, { login: owner, pollSeconds: 25 }),
  };
  const compose = { github: { clock } };
  const server = await startServer({ config, active: true, http: true, log: quietLog, compose });
  try {
    return await use({ fake, clock, server, stateDir });
  } finally {
    await server.app.ports.endpoints.stopRouter();
    await server.close();
    await fake.close();
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Delivers at once and side by side, as GitHub does; answers how long each took and how it was answered. */
function timeDeliveries({ fake, server }: Parts): { ms: number; status: number }[] {
  const url = server.health().github?.webhook_url ?? '';
  const taken: { ms: number; status: number }[] = [];
  const deliver = async (headers: Record<string, string>, body: Buffer) => {
    const startedMs = performance.now();
    const { status } = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
    taken.push({ ms: performance.now() - startedMs, status });
  };
  fake.webhooks.to(({ headers, rawBody }) => {
    deliver(headers, rawBody).catch(() => taken.push({ ms: Number.POSITIVE_INFINITY, status: 0 }));
    return Promise.resolve({ status: 202 });
  });
  return taken;
}

/** Opens the issues evenly within the time; answers the number of each and which it was. */
async function openIssues(fake: FakeGitHub, { issues, withinMs }: FloodSize): Promise<Map<number, number>> {
  const [numbers, startedMs] = [new Map<number, number>(), performance.now()];
  for (let at = 0; at < issues; at += 1) {
    const waitMs = startedMs + (at * withinMs) / issues - performance.now();
    if (waitMs > 0) await delay(waitMs);
    const issue = fake.asUser(owner).openIssue({ title: `Loans ${at}`, body: bodyOf(at), labels: ['mlops:train'] });
    numbers.set(issue.number, at);
  }
  return numbers;
}

/** Many issues at once on the real server, with GitHub's limits kept by the fake one, until each has its answer. */
export function flood(size: FloodSize): Promise<FloodFigures> {
  return withServer(async (parts) => {
    const { fake, clock, stateDir } = parts;
    const taken = timeDeliveries(parts);
    const db = openDatabase(join(stateDir, 'dandori.db'));
    const waiting = () => Number(db.first("SELECT count(*) AS n FROM github_outbox WHERE state <> 'written'")?.['n']);
    let [outboxMost, memoryMb] = [0, 0];
    const look = () => {
      outboxMost = Math.max(outboxMost, waiting());
      memoryMb = Math.max(memoryMb, process.memoryUsage.rss() / 2 ** 20);
    };
    const looking = setInterval(look, 100);
    try {
      const [startedMs, startedAtMs] = [performance.now(), clock.nowMs()];
      const numbers = await openIssues(fake, size);
      const openedInMs = performance.now() - startedMs;
      clock.run(size.speed);
      const isOver = () => waiting() === 0 && withoutAnswer(fake, numbers).length === 0;
      while (performance.now() - startedMs < longestMs && !isOver()) await delay(100);
      const statuses = taken.map(({ status }) => status);
      return {
        openedInMs,
        deliveries: taken.length,
        webhookMs: taken.map(({ ms }) => ms).toSorted((a, b) => a - b),
        refusedDeliveries: statuses.filter((status) => status < 200 || status > 299).length,
        writes: fake.writesAtMs.length,
        writesAMinute: mostWithin(fake.writesAtMs, 60_000),
        writesAnHour: mostWithin(fake.writesAtMs, 3_600_000),
        refusedByLimit: fake.refusedByLimit,
        outboxMost,
        lost: withoutAnswer(fake, numbers),
        answeredInMs: clock.nowMs() - startedAtMs,
        memoryMb,
      };
    } finally {
      clearInterval(looking);
      db.close();
    }
  });
}
