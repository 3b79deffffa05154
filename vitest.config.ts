import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.test.ts', 'src/**/*.testsuite.ts'],
      thresholds: {
        statements: 80,
        'src/workflow/**': { statements: 95 },
        'src/issue/**': { statements: 95 },
        'src/request/**': { statements: 95 },
        'src/agents/judge*.ts': { statements: 95 },
      },
    },
  },
});
