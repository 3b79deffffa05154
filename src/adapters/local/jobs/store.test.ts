import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../../db.js';
import type { JobRequest } from '../../../ports/job-platform.js';
import { platformEnd } from './outcome.js';
import { createJobStore, type JobStore } from './store.js';

const at = '2026-01-02T03:04:05.000Z';

function request(jobName: string): JobRequest {
  return {
    jobName,
    trainingId: jobName.slice(0, jobName.indexOf('/')),
    logName: 'training',
    program: 'trainer',
    hyperparameters: {},
    channels: {},
    documents: [],
    outputPrefix: jobName,
    limits: { maxRuntimeSeconds: 60, maxMemoryMb: 512 },
  };
}

describe('the order in which waiting jobs start', () => {
  let db: Database;
  let store: JobStore;
  beforeEach(() => {
    db = openDatabase(':memory:');
    store = createJobStore(db);
  });
  afterEach(() => db.close());

  const add = (...names: string[]) => names.forEach((name) => store.add(request(name), at));
  /** Starts what may start with so many slots; answers the names in order. */
  const take = (slots: number): string[] => {
    const taken = [];
    for (let next = store.takeNext(slots, at); next !== null; next = store.takeNext(slots, at))
      taken.push(next.jobName);
    return taken;
  };
  const end = (name: string) => store.finish(name, platformEnd('over', at));

  test('is first come, first served, and never more than there are slots', () => {
    add('a/1', 'b/1', 'c/1', 'd/1');
    expect(take(2)).toEqual(['a/1', 'b/1']);
    expect(take(2)).toEqual([]);
    end('b/1');
    expect(take(2)).toEqual(['c/1']);
    expect(take(0)).toEqual([]);
  });

  test('lets the many jobs of one run hold up nobody else', () => {
    add('a/1', 'a/2', 'a/3', 'a/4', 'b/1', 'c/1');
    expect(take(3)).toEqual(['a/1', 'b/1', 'c/1']);
    end('a/1');
    expect(take(3)).toEqual(['a/2']);
    end('b/1');
    expect(take(3)).toEqual(['a/3']);
  });

  test('shares the slots evenly between runs with many jobs', () => {
    add('a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'b/3');
    expect(take(4)).toEqual(['a/1', 'b/1', 'a/2', 'b/2']);
  });

  test('gives a run all slots while nobody else waits', () => {
    add('a/1', 'a/2', 'a/3');
    expect(take(10)).toEqual(['a/1', 'a/2', 'a/3']);
  });

  test('puts a retry, which is a new job, at the end', () => {
    add('a/0', 'b/0', 'c/0');
    expect(take(1)).toEqual(['a/0']);
    add('a/1');
    end('a/0');
    expect(take(1)).toEqual(['b/0']);
    end('b/0');
    expect(take(1)).toEqual(['c/0']);
    end('c/0');
    expect(take(1)).toEqual(['a/1']);
  });

  test('passes over a job that was dropped', () => {
    add('a/1', 'b/1');
    expect(store.dropPending('a/1', platformEnd('cancelled', at))).toBe(true);
    expect(take(1)).toEqual(['b/1']);
    expect(store.unended()).toEqual(['b/1']);
  });
});
