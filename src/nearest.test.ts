import { describe, expect, test } from 'vitest';
import { nearestName } from './nearest.js';

describe('nearestName', () => {
  test.each([
    ['algoritm', ['algorithm', 'target'], 'algorithm'],
    ['Task Type', ['task_type'], 'task_type'],
    ['f1', ['accuracy', 'f1_score', 'r2'], 'f1_score'],
    ['Random-F', ['random_forest', 'xgboost'], 'random_forest'],
    ['task', ['task_type', 'tasks'], 'tasks'],
    ['log', ['log_loss', 'logistic_regression'], null],
    ['f', ['f1_score'], null],
    ['zzz', ['abc'], null],
    ['x'.repeat(101), ['x'], null],
    ['', ['ab'], null],
    ['a', [], null],
  ])('%j among %j is %j', (word, candidates, nearest) => {
    expect(nearestName(word, candidates)).toBe(nearest);
  });
});
