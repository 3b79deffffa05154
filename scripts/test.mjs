// `npm test`: the same set-up as `npm start`, then every check; ends with one line of totals.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { installLocked } from './lib/node.mjs';
import { secondNode } from './lib/second-node.mjs';
import { runShown, seconds } from './lib/steps.mjs';
import { main, root, setUpNode, setUpPython, together } from './setup.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const python = join(root, '.venv', 'bin', 'python');

/** Runs one check; its output is shown as it comes. */
async function check(title, command, args, env) {
  const startedAt = Date.now();
  process.stdout.write(`\n== ${title}\n`);
  const { code } = await runShown(command, args, { cwd: root, env });
  process.stdout.write(verdict(title, code, startedAt));
  return { title, code };
}

/** Runs one check beside others; `show` writes its output in one piece. */
async function heldCheck(title, command, args) {
  const startedAt = Date.now();
  const { code, output } = await runShown(command, args, { cwd: root, held: true });
  return { title, code, text: `\n== ${title}\n${output}${verdict(title, code, startedAt)}` };
}

const verdict = (title, code, startedAt) =>
  `== ${title}: ${code === 0 ? 'passed' : `FAILED (exit code ${code})`} in ${seconds(startedAt)}\n`;

function show({ title, code, text }) {
  process.stdout.write(text);
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

/** The newest supported Node and what only its pass needs; answers its programs' folder, or why there is none. */
async function setUpSecondPass() {
  const second = await secondNode(root);
  if (second.bin !== undefined)
    await installLocked(join(root, 'test', 'mcp-conformance'), 'Installing the conformance suite of MCP');
  return second;
}

/** The same tests under the newest supported Node, without coverage. */
async function secondNodeTests(second, report) {
  if (second.bin === undefined) {
    process.stdout.write(`\n== Node 24 tests: left out, ${second.reason}\n`);
    return [];
  }
  const path = `${second.bin}${delimiter}${process.env.PATH ?? ''}`;
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', ...secondPass, '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  return [await check('Node 24 tests', join(second.bin, 'node'), args, { PATH: path })];
}

/** What needs the Node packages only. */
async function checksOfSource() {
  await setUpNode();
  return [
    await check('types', bin('tsc'), ['--noEmit']),
    await check('lint', bin('oxlint'), ['--deny-warnings']),
    await check('format', bin('prettier'), ['--check', '--log-level', 'warn', '.']),
  ];
}

/** All else that is installed; its tests are only begun. */
async function checksOfPython(report) {
  await setUpPython({ dev: true });
  const second = await setUpSecondPass();
  const lint = heldCheck('Python lint', python, ['-m', 'ruff', 'check', 'trainer', 'examples']);
  const tests = heldCheck('Python tests', python, ['-m', 'pytest', 'trainer', '-q', `--junitxml=${report}`]);
  return { second, running: [lint, tests] };
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
  const reports = mkdtempSync(join(tmpdir(), 'dandori-reports-'));
  const unit = join(reports, 'unit.json');
  const second = join(reports, 'second.json');
  const trainer = join(reports, 'trainer.xml');
  // Most of these keep one core busy; the Python tests run beside the first of the Node tests.
  const [ofSource, ofPython] = await together(checksOfSource(), checksOfPython(trainer));
  const args = ['run', '--coverage', '--reporter=default', '--reporter=json', `--outputFile.json=${unit}`];
  const nodeTests = await check('Node tests', bin('vitest'), args);
  const checks = [
    ...ofSource,
    ...(await Promise.all(ofPython.running)).map(show),
    nodeTests,
    ...(await secondNodeTests(ofPython.second, second)),
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
