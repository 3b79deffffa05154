import { describe, expect, it } from 'vitest';
import { effectKey, jobKey, type RunRef, slug } from './run-ref.js';
import { slugAllowed } from './slug-pattern.js';

const run: RunRef = { training_id: 'train-20260131-093000-1', state: 'TrainModel', visit: 2, attempt: 1 };

describe('the keys of a run', () => {
  it('name the attempt for a job and leave it out for an effect, so that a retry finds what the first try did', () => {
    expect(jobKey(run)).toBe('train-20260131-093000-1/TrainModel/2/1');
    expect(jobKey({ ...run, attempt: 0 })).not.toBe(jobKey(run));
    expect(effectKey(run, 'comment')).toBe('train-20260131-093000-1/TrainModel/2/comment');
    expect(effectKey({ ...run, attempt: 0 }, 'comment')).toBe(effectKey(run, 'comment'));
    expect(effectKey({ ...run, visit: 3 }, 'comment')).not.toBe(effectKey(run, 'comment'));
  });
});

describe('slug', () => {
  it.each(['churn', 'a', '0-1', 'a'.repeat(63)])('takes %j', (id) => {
    expect(slug.parse(id)).toBe(id);
  });

  it.each(['', 'Churn', '-a', 'a_b', '../a', 'a'.repeat(64)])('refuses %j and says what is allowed', (id) => {
    expect(slug.safeParse(id).error?.issues[0]?.message).toBe(slugAllowed);
  });
});
