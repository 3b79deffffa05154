import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../config.js';

describe('readConfig', () => {
  it('has a default for everything', () => {
    expect(readConfig({}, {})).toMatchObject({
      stateDir: resolve('.dandori'),
      port: 7071,
      servingPort: 7070,
      dataRoots: [],
      maxConcurrentJobs: 10,
      minimumPermission: 'write',
      secondPersonForProduction: true,
      pricePerHourUsd: null,
      logLevel: 'info',
      user: 'local',
    });
  });

  it('reads the environment, and the command line wins', () => {
    const env = {
      DANDORI_DIR: '/srv/a',
      DANDORI_PORT: '0',
      DANDORI_DATA_ROOTS: '/x::/y',
      DANDORI_SECOND_PERSON: 'off',
      DANDORI_PRICE_PER_HOUR: '0.34',
    };
    expect(readConfig({ stateDir: '/srv/b' }, { ...env, USER: 'aya' })).toMatchObject({
      stateDir: '/srv/b',
      port: 0,
      dataRoots: ['/x', '/y'],
      secondPersonForProduction: false,
      pricePerHourUsd: 0.34,
      user: 'aya',
    });
  });

  it('is quiet under npm start unless a level is given', () => {
    expect(readConfig({ quiet: true }, {}).logLevel).toBe('warn');
    expect(readConfig({ quiet: true }, { DANDORI_LOG_LEVEL: 'debug' }).logLevel).toBe('debug');
  });

  it.each([
    ['DANDORI_PORT', 'seven'],
    ['DANDORI_PORT', '70000'],
    ['DANDORI_MAX_JOBS', '-1'],
    ['DANDORI_PRICE_PER_HOUR', '0,34 USD'],
    ['DANDORI_PRICE_PER_HOUR', '-1'],
    ['DANDORI_MIN_PERMISSION', 'everybody'],
    ['DANDORI_SECOND_PERSON', 'maybe'],
    ['DANDORI_LOG_LEVEL', 'loud'],
  ])('refuses %s=%s by its name', (name, value) => {
    expect(() => readConfig({}, { [name]: value })).toThrow(new RegExp(`${name}.*Found: ${value}.*Allowed`));
  });
});
