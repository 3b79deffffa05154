import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

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

/**
 * What only computes: no processes, no servers, no change to its own process. These files share processes and run in any order:
 * what they import is loaded once for all of them, which costs more than most of the tests. What else is there runs by itself.
 */
const computing = [
  'src/!(db|db-upgrade).test.ts',
  'src/adapters/*.test.ts',
  'src/capabilities/!(data-preparation|ml-evaluation|ml-training)/**/*.test.ts',
  'src/jobs/data/*.test.ts',
  'src/jobs/evaluation/!(evaluate-model).test.ts',
  'src/jobs/evaluation/*/*.test.ts',
  'src/request/!(read-yaml).test.ts',
  'src/{agents,contracts,history,issue,mcp,messages}/**/*.test.ts',
  'src/workflow/*.test.ts',
  'src/workflow/engine/!(durable)/*.test.ts',
  'src/workflow/engine/*.test.ts',
];

/** What takes long, to be started first: a processor idles while one of these is the last to run. */
const long = ['test/journeys/', 'test/kill-matrix/', 'test/load/', 'src/adapters/local/', 'src/jobs/', 'src/entry/'];

/** What takes long, the rest, the stories on GitHub after those on the built-in tracker, and what only computes fills up. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification): number => {
      if (project.name === 'computing') return long.length + 2;
      if (project.name === 'github') return long.length + 1;
      const at = long.findIndex((folder) => moduleId.includes(`/${folder}`));
      return at === -1 ? long.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

const major = Number(process.versions.node.split('.')[0]);

export default defineConfig({
  test: {
    globalSetup: 'test/memory-folder.ts',
    projects: [
      {
        extends: true,
        test: {
          name: 'isolated',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          // The conformance suite of MCP needs Node 22.
          exclude: [...configDefaults.exclude, ...computing, ...(major < 22 ? ['test/mcp-conformance/**'] : [])],
        },
      },
      {
        extends: true,
        test: { name: 'computing', include: computing, isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'github',
          include: onBothTrackers,
          // They come late: jobs that the same stories had done are not done again (test/journeys/job-memory.ts).
          env: { JOURNEYS_ON: 'github' },
        },
      },
    ],
    sequence: { sequencer: LongestFirst },
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
