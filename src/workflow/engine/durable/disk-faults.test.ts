import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../db.js';
import { codeOf } from '../../../errors.js';
import { virtualClock, type VirtualClock } from '../testing/virtual-clock.js';
import { createEmbeddedEngine, tokenTaskResource, type EmbeddedEngine } from './embedded-engine.js';

// Faults of the disk itself: what SQLite makes of them, and what the engine says.

const task = (extra: object): object => ({
  Type: 'Task',
  Resource: tokenTaskResource,
  Parameters: { QueueUrl: 'q', MessageBody: { 'token.$': '$$.Task.Token', 'of.$': '$$.State.Name' } },
  ...extra,
});
const definition = {
  StartAt: 'First',
  States: {
    First: task({ ResultPath: '$.first', Next: 'Pause' }),
    Pause: { Type: 'Wait', Seconds: 10, Next: 'Fork' },
    Fork: {
      Type: 'Map',
      ItemsPath: '$.items',
      ResultPath: '$.each',
      ItemProcessor: { StartAt: 'Each', States: { Each: task({ End: true }) } },
      Next: 'Last',
    },
    Last: task({ ResultPath: '$.last', End: true }),
  },
};
const input = { items: [1, 2, 3] };
const ended = { ...input, first: 'First', each: ['Each', 'Each', 'Each'], last: 'Last' };
// SQLite's WAL: a header, then frames of a page each.
const walHeaderBytes = 32;
const frameBytes = 24 + 4096;

let folder: string;
let clock: VirtualClock;
const opened: { close(): void }[] = [];

function open(path: string): Database {
  const db = openDatabase(path);
  opened.push(db);
  return db;
}

function engineOn(db: Database, onError?: (error: unknown) => void): EmbeddedEngine {
  const settings = { db, definition, stateMachineName: 'disk', clock };
  const engine = createEmbeddedEngine(onError === undefined ? settings : { ...settings, onError });
  engine.start();
  opened.push(engine);
  return engine;
}

/** Answers what waits, else lets time pass; true while the execution runs. */
async function work(engine: EmbeddedEngine): Promise<boolean> {
  const { status } = await engine.describeExecution({ name: 'x' });
  if (status !== 'RUNNING') return false;
  const [message] = await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 1000 });
  if (message === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(10_000);
    return true;
  }
  const body = message.body as { token: string; of: string };
  await engine.sendTaskSuccess({ taskToken: body.token, output: body.of });
  await engine.delete({ receiptHandle: message.receiptHandle });
  return true;
}

async function toItsEnd(engine: EmbeddedEngine): Promise<unknown> {
  await engine.startExecution({ name: 'x', input });
  while (await work(engine));
  return (await engine.describeExecution({ name: 'x' })).output;
}

beforeEach(() => {
  // The faults are made here: a memory disk is enough, and many times faster.
  folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'engine-disk-'));
  clock = virtualClock(Date.UTC(2026, 10, 21));
});
afterEach(() => {
  for (const one of opened.splice(0).toReversed()) one.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a torn write-ahead log', () => {
  test.each(['cut off within a frame', 'overwritten within a frame'])(
    '%s costs the last transactions at most: the execution is taken up where it stood',
    async (fault) => {
      const whole = join(folder, 'whole.db');
      expect(await toItsEnd(engineOn(open(whole)))).toEqual(ended);
      const frames = Math.floor((statSync(`${whole}-wal`).size - walHeaderBytes) / frameBytes);
      expect(frames).toBeGreaterThan(20);
      // Prime to the frames of a commit, so that every part of a transaction is hit.
      for (let frame = 0; frame < frames; frame += 7) {
        const torn = join(folder, `torn-${frame}.db`);
        const at = walHeaderBytes + frame * frameBytes + 1000;
        cpSync(whole, torn);
        cpSync(`${whole}-wal`, `${torn}-wal`);
        if (fault.startsWith('cut')) truncateSync(`${torn}-wal`, at);
        else {
          const file = openSync(`${torn}-wal`, 'r+');
          writeSync(file, Buffer.alloc(512, 0x55), 0, 512, at);
          closeSync(file);
        }
        expect({ frame, output: await toItsEnd(engineOn(open(torn))) }).toEqual({ frame, output: ended });
      }
    },
  );
});

describe('a disk that is full', () => {
  test('changes nothing at any write, says so, and the execution goes on when there is room', async () => {
    let refused = 0;
    for (let room = 0; room < 12; room += 1) {
      const db = open(join(folder, `${room}.db`));
      const told: unknown[] = [];
      const engine = engineOn(db, (error) => told.push(error));
      const big = { ...input, ballast: 'x'.repeat(20_000) };
      const pages = Number(db.first('PRAGMA page_count')?.['page_count']);
      db.all(`PRAGMA max_page_count = ${pages + 4 * room}`);
      const problem = await engine
        .startExecution({ name: 'x', input: big })
        .then(async () => {
          // The timer of a full disk is tried again and again: once told is enough.
          while (told.length === 0 && (await work(engine)));
        })
        .then(
          () => null,
          (error: unknown) => error,
        );
      for (const error of problem === null ? told : [problem, ...told]) {
        refused += 1;
        expect(codeOf(error)).toBe('unavailable');
        expect(String(error)).toContain('The disk of the state directory is full: nothing was changed.');
      }
      db.all('PRAGMA max_page_count = 1000000');
      await engine.startExecution({ name: 'x', input: big });
      clock.advance(60_000);
      while (await work(engine));
      expect(await engine.describeExecution({ name: 'x' })).toMatchObject({
        output: { ...ended, ballast: big.ballast },
      });
      const history = await engine.getExecutionHistory({ name: 'x' });
      expect(history.filter((event) => event.type === 'TaskSucceeded')).toHaveLength(5);
      expect(history.map((event) => event.id)).toEqual(history.map((_event, at) => at + 1));
    }
    expect(refused).toBeGreaterThan(3);
  });
});

describe('a state directory that cannot be written', () => {
  test.skipIf(!existsSync('/proc'))('is refused when it is opened, with what to check', () => {
    expect(() => open('/proc/dandori.db')).toThrow(
      /The database \/proc\/dandori\.db cannot be opened\..*check that the folder exists, is writable/,
    );
  });

  test('that becomes so while it runs is told at each write, and nothing is lost', async () => {
    const db = open(join(folder, 'x.db'));
    const told: unknown[] = [];
    const engine = engineOn(db, (error) => told.push(error));
    await engine.startExecution({ name: 'x', input });
    await work(engine);
    db.all('PRAGMA query_only = ON');
    await expect(engine.startExecution({ name: 'y', input })).rejects.toThrow(
      /The state directory cannot be written: nothing was changed\..*make it writable/,
    );
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(10_000);
    expect(told.map(codeOf)).toEqual(['unavailable']);
    expect(await engine.describeExecution({ name: 'x' })).toMatchObject({ status: 'RUNNING', currentState: 'Pause' });
    db.all('PRAGMA query_only = OFF');
    clock.advance(1000);
    expect(await toItsEnd(engine)).toEqual(ended);
  });
});

describe('a damaged database', () => {
  test('is reported as corrupt when a page that is needed is damaged', async () => {
    const path = join(folder, 'x.db');
    const db = openDatabase(path);
    const first = createEmbeddedEngine({ db, definition, stateMachineName: 'disk', clock });
    await first.startExecution({ name: 'x', input: { ...input, ballast: 'x'.repeat(50_000) } });
    first.close();
    db.all('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    const bytes = statSync(path).size;
    const file = openSync(path, 'r+');
    // Everything after the schema's page.
    writeSync(file, Buffer.alloc(bytes - 4096, 0x55), 0, bytes - 4096, 4096);
    closeSync(file);
    const problem = await (async () => engineOn(open(path)).describeExecution({ name: 'x' }))().catch(
      (error: unknown) => error,
    );
    expect(codeOf(problem)).toBe('corrupt');
    expect(String(problem)).toContain('restore the state directory from a backup');
  });

  test('is reported as corrupt when it is no database at all', () => {
    const path = join(folder, 'x.db');
    const file = openSync(path, 'w');
    writeSync(file, 'something else '.repeat(1000));
    closeSync(file);
    expect(() => open(path)).toThrow(/The database of the state directory is damaged/);
  });
});
