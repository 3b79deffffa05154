// `npm test`: the same set-up as `npm start`, then every check; ends with one line of totals.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { installLocked } from './lib/node.mjs';
import { secondNode } from './lib/second-node.mjs';
import { runShown, seconds } from './lib/steps.mjs';
import { main, root, setUp } from './setup.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const python = join(root, '.venv', 'bin', 'python');

/** Runs one check. With `held` its output is shown at its end, in one piece: other checks run beside it. */
async function check(title, command, args, { held = false, env } = {}) {
  const startedAt = Date.now();
  const head = `\n== ${title}\n`;
  if (!held) process.stdout.write(head);
  const { code, output } = await runShown(command, args, { cwd: root, env, held });
  const verdict = `== ${title}: ${code === 0 ? 'passed' : `FAILED (exit code ${code})`} in ${seconds(startedAt)}\n`;
  process.stdout.write(held ? `${head}${output}${verdict}` : verdict);
  return { title, code };
}

/**
 * What may behave otherwise under another Node: everything that is native, starts processes or talks HTTP; src/entry has whole runs.
 * What only computes does so alike: the rest of src/workflow and the rules about source and documents run once.
 * The conformance suite of MCP runs in this pass only: it needs Node 22.
 */
const secondPass = [
  'src/adapters/local',
  'src/adapters/notify',
  'src/db',
  'src/entry',
  'src/mcp',
  'src/serving',
  'src/workflow/engine/durable',
  'src/workflow/worker',
  'test/rules/command-start',
  'test/mcp-conformance',
];

/** The same tests under the newest supported Node, without coverage. */
async function secondNodeTests(report) {
  const second = await secondNode(root);
  if (second.bin === undefined) {
    process.stdout.write(`\n== Node 24 tests: left out, ${second.reason}\n`);
    return [];
  }
  await installLocked(join(root, 'test', 'mcp-conformance'), 'Installing the conformance suite of MCP');
  const path = `${second.bin}${delimiter}${process.env.PATH ?? ''}`;
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', ...secondPass, '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  return [await check('Node 24 tests', join(second.bin, 'node'), args, { env: { PATH: path } })];
}

/** Passed and failed tests of a JUnit-like or vitest JSON report; an absent report is one failure. */
function vitestTotals(path) {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'));
    return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function pytestTotals(path) {
  try {
    const suite = /<testsuite [^>]*>/.exec(readFileSync(path, 'utf8'))?.[0] ?? '';
    const number = (name) => Number(new RegExp(`${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
    const failed = number('failures') + number('errors');
    return { passed: number('tests') - failed - number('skipped'), failed, skipped: number('skipped') };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

main(async () => {
  await setUp({ dev: true });
  const reports = mkdtempSync(join(tmpdir(), 'dandori-reports-'));
  const unit = join(reports, 'unit.json');
  const second = join(reports, 'second.json');
  const trainer = join(reports, 'trainer.xml');
  // They keep one core busy, and the checks of the source another one.
  const pytest = ['-m', 'pytest', 'trainer', '-q', `--junitxml=${trainer}`];
  const pythonTests = check('Python tests', python, pytest, { held: true });
  const checks = [
    await check('types', bin('tsc'), ['--noEmit']),
    await check('lint', bin('oxlint'), ['--deny-warnings']),
    await check('format', bin('prettier'), ['--check', '--log-level', 'warn', '.']),
    await check('Python lint', python, ['-m', 'ruff', 'check', 'trainer', 'examples']),
    await pythonTests,
    await check('Node tests', bin('vitest'), [
      'run',
      '--coverage',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${unit}`,
    ]),
    ...(await secondNodeTests(second)),
  ];
  const ranTwice = checks.some((one) => one.title === 'Node 24 tests');
  const totals = [vitestTotals(unit), ...(ranTwice ? [vitestTotals(second)] : []), pytestTotals(trainer)];
  rmSync(reports, { recursive: true, force: true });
  const bad = checks.filter((one) => one.code !== 0);
  const sum = (name) => totals.reduce((all, one) => all + one[name], 0);
  // A check without tests of its own (types, lint) counts as one.
  const failed = Math.max(sum('failed'), bad.length);
  const passed = sum('passed') + checks.length - bad.length;
  if (bad.length > 0) process.stdout.write(`\nFailed: ${bad.map((one) => one.title).join(', ')}\n`);
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${sum('skipped')} skipped\n`);
  return bad.length === 0 ? 0 : 1;
});
