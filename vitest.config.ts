import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/** Stories that are told on GitHub, too; test/journeys/github.test.ts has what only GitHub can do. */
const onBothTrackers = [
  'approval',
  'examples',
  'generated-features',
  'notifications',
  'odd-data',
  'own-inference',
  'refused',
  'rerun',
  'threshold',
  'trainer-faults',
  'versions',
  // Long, and test/kill-matrix/github.test.ts has deaths on GitHub: with the whole matrix only.
  ...(process.env['KILL_MATRIX'] === 'all' ? ['killed-server'] : []),
].map((name) => `test/journeys/${name}.test.ts`);

const major = Number(process.versions.node.split('.')[0]);

export default defineConfig({
  test: {
    globalSetup: 'test/memory-folder.ts',
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          // The conformance suite of MCP needs Node 22.
          exclude: [...configDefaults.exclude, ...(major < 22 ? ['test/mcp-conformance/**'] : [])],
        },
      },
      {
        extends: true,
        test: {
          name: 'github',
          include: onBothTrackers,
          env: { JOURNEYS_ON: 'github' },
          // Afterwards: jobs that the same stories had done are not done again (test/journeys/job-memory.ts).
          sequence: { groupOrder: 1 },
        },
      },
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most tests wait for processes of their own: with a worker a core, a quarter of the processors would idle.
    maxWorkers: availableParallelism() + 1,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.test.ts', 'src/**/*.testsuite.ts'],
      // What moves a run, speaks to people and judges a model is held to more than the rest.
      thresholds: {
        statements: 80,
        'src/workflow/**/*.ts': { statements: 95 },
        'src/issue/**/*.ts': { statements: 95 },
        'src/request/**/*.ts': { statements: 95 },
        'src/agents/judge*.ts': { statements: 95 },
      },
    },
  },
});
