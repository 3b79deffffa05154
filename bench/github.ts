import { flood } from './lib/github-flood.js';
import { mutatedBodies, tellOf } from './lib/mutated-bodies.js';
import { quantile, reportFigures, sizeFrom } from './lib/figures.js';

// Issues that come all at once: the server and its webhook as they are, a GitHub of this machine that keeps GitHub's limits
// and refuses what is beyond them. While issues come its time is the real one, then it runs faster.

const issues = sizeFrom('BENCH_ISSUES', 500);
const speed = sizeFrom('BENCH_GITHUB_SPEED', 120);
const figures = await flood({ issues, withinMs: 60_000, speed });

const bodies = mutatedBodies(sizeFrom('BENCH_BODIES', 10_000), 1);
const bodyMs = bodies.map((text, at) => {
  const startedMs = performance.now();
  tellOf(text);
  return { at, ms: performance.now() - startedMs, characters: text.length };
});
const slowest = bodyMs.toSorted((a, b) => b.ms - a.ms)[0];
const sortedMs = bodyMs.map(({ ms }) => ms).toSorted((a, b) => a - b);

const seconds = (ms: number): string => (ms / 1000).toFixed(0);
reportFigures([
  {
    name: 'issues opened',
    value: issues,
    unit: '',
    note: `in ${seconds(figures.openedInMs)} s; ${figures.deliveries} signed deliveries, ${figures.refusedDeliveries} not taken`,
  },
  { name: 'issues without their one answer in the end', value: figures.lost.length, unit: '', goal: { most: 0 } },
  { name: 'answer of the webhook, p50', value: quantile(figures.webhookMs, 0.5), unit: 'ms' },
  { name: 'answer of the webhook, p99', value: quantile(figures.webhookMs, 0.99), unit: 'ms', goal: { most: 1000 } },
  { name: 'answer of the webhook, longest', value: figures.webhookMs.at(-1) ?? null, unit: 'ms' },
  {
    name: 'most writes within a minute',
    value: figures.writesAMinute,
    unit: '',
    goal: { most: 80 },
    note: `counted by GitHub's side, of ${figures.writes}; refused as too many: ${figures.refusedByLimit}`,
  },
  { name: 'most writes within an hour', value: figures.writesAnHour, unit: '', goal: { most: 500 } },
  {
    name: 'most writes that waited at once',
    value: figures.outboxMost,
    unit: '',
    goal: { most: 3 * issues },
    note: 'rows of the outbox: comments, and one change of labels for each issue; edits of one comment become one',
  },
  {
    name: 'until the last answer, by the time of GitHub',
    value: figures.answeredInMs / 60_000,
    unit: 'min',
    note: `its limits and nothing else; that time runs ${speed} times faster once the issues are there`,
  },
  {
    name: 'damaged issue body to its answer, slowest',
    value: slowest?.ms ?? null,
    unit: 'ms',
    goal: { most: 1000 },
    note: `number ${slowest?.at} of ${bodies.length}, ${slowest?.characters} characters`,
  },
  { name: 'damaged issue body to its answer, p50', value: quantile(sortedMs, 0.5), unit: 'ms' },
  { name: 'memory, with the GitHub of this machine', value: figures.memoryMb, unit: 'MB' },
]);
