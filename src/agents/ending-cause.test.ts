import { describe, expect, it } from 'vitest';
import { lastFailed, withCause } from './ending-cause.js';

const timeout = { Error: 'States.Timeout' };

describe('withCause', () => {
  it.each([
    ['en', 'WaitForOptimizationApproval', 'Nobody approved the plan within 30 days: it has expired.'],
    ['ja', 'WaitForOptimizationApproval', '30日以内にプランが承認されなかったため、期限切れになりました。'],
    ['en', 'WaitForOperatorInput', 'Nobody answered the question below the threshold within 30 days.'],
    ['en', 'TrainModel', 'The step TrainModel took longer than it may.'],
    ['ja', null, '処理が制限時間を超えました。'],
  ] as const)('says in %s what was waited for in %s', (language, endedIn, cause) => {
    expect(withCause(timeout, endedIn, language)).toEqual({ Error: 'States.Timeout', Cause: cause });
  });

  it.each([
    { Error: 'Dandori.JobFailed', Cause: 'The trainer was killed.' },
    { Error: 'States.Timeout', Cause: 'said by somebody else' },
    { Error: 'States.HeartbeatTimeout' },
  ])('leaves any other error as it is: $Error', (error) => {
    expect(withCause(error, 'TrainModel', 'en')).toEqual(error);
  });

  it.each([
    [{ Error: 'Dandori.JobFailed', Cause: '学習に失敗しました。' }, '学習に失敗しました。'],
    [{ Error: 'States.Runtime', Cause: 'Invalid path' }, '内部エラーが発生しました。詳細（原文）: Invalid path'],
    [{ Error: 'States.HeartbeatTimeout' }, '内部エラーが発生しました。詳細（原文）: States.HeartbeatTimeout'],
  ])('quotes what the engine says of itself in Japanese: %j', (error, Cause) => {
    expect(withCause(error, 'TrainModel', 'ja')).toEqual({ ...error, Cause });
  });
});

describe('lastFailed', () => {
  it('is the state that failed last', () => {
    const states = [
      { state: 'TrainModel', error: 'Dandori.Transient' },
      { state: 'WaitForOperatorInput', error: 'States.Timeout' },
      { state: 'RollbackModel', error: null },
    ];
    expect(lastFailed(states)).toBe('WaitForOperatorInput');
    expect(lastFailed([])).toBeNull();
  });

  it('is of the last re-run, in which the judge may have ended it', () => {
    const first = [
      { state: 'TrainModel', error: 'Dandori.JobFailed' },
      { state: 'TrainingFailed', error: 'Dandori.JobFailed' },
    ];
    const again = [
      { state: 'TrainModel', error: null },
      { state: 'JudgeResults', error: null },
    ];
    expect(lastFailed([...first, ...again])).toBeNull();
    expect(lastFailed([...first, { state: 'EvaluateModel', error: 'Dandori.Internal' }])).toBe('EvaluateModel');
  });
});
