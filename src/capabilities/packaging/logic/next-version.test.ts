import { describe, expect, it } from 'vitest';
import { nextVersion, type VersionFacts } from './next-version.js';

const facts: VersionFacts = {
  input_schema: 'i',
  output_schema: 'o',
  data: 'd',
  algorithm: 'a',
  features: 'f',
  rows: 'r',
  seed: '1',
};
const newest = { version: '1.4.2', facts: { ...facts } };

describe('nextVersion', () => {
  it('begins at 1.0.0', () => {
    expect(nextVersion(null, facts)).toEqual({ version: '1.0.0', change: 'first', changed: [] });
  });

  it.each([
    ['nothing', {}, '1.4.3', 'patch'],
    ['the rows', { rows: 'x' }, '1.4.3', 'patch'],
    ['the seed', { seed: '2' }, '1.4.3', 'patch'],
    ['the dataset', { data: 'x', rows: 'x' }, '1.5.0', 'minor'],
    ['the algorithm', { algorithm: 'x' }, '1.5.0', 'minor'],
    ['the features', { features: 'x' }, '1.5.0', 'minor'],
    ['the input schema', { input_schema: 'x', features: 'x' }, '2.0.0', 'major'],
    ['the output schema', { output_schema: 'x' }, '2.0.0', 'major'],
  ])('when %s changed', (_, changes, version, change) => {
    const decision = nextVersion(newest, { ...facts, ...changes });
    expect(decision).toEqual({ version, change, changed: Object.keys(facts).filter((name) => name in changes) });
  });

  it('steps over numbers that are taken', () => {
    expect(nextVersion(newest, { ...facts, data: 'x' }, ['1.5.0', '1.6.0']).version).toBe('1.7.0');
    expect(nextVersion(null, facts, ['1.0.0']).version).toBe('1.0.1');
  });

  it('takes a fact that was not recorded for a change', () => {
    const { output_schema: _, ...older } = facts;
    expect(nextVersion({ version: '1.0.0', facts: older }, facts).version).toBe('2.0.0');
  });
});
