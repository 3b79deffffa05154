// npm run bench [-- names...] [--json FILE] [--update-docs]: sets up, builds, runs the benchmarks one after the other and
// prints a table each. A missed goal is said and is no failure; a benchmark that breaks is.
import { fork, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileBenches } from './lib/benches.mjs';
import { setUpPeers } from './lib/peers.mjs';
import { main, root, setUp } from './setup.mjs';

const benches = {
  engine: 'Workflow engine, beside OpenWorkflow and DBOS; (2x): ours is twice as good',
  load: 'Load: 10 jobs at once, 1,000 queued, 10,000 runs that wait for people',
  github: 'GitHub: 500 issues in a minute',
  data: 'Preparation of data: CSV to Parquet, report, splits',
  evaluate: 'Evaluation in onnxruntime',
  serving: 'Serving over HTTP: requests of one row through router and model worker',
  e2e: 'From a request to a model in service',
};
const page = join(root, 'docs', 'benchmarks.md');
const marks = ['<!-- figures: begin (npm run bench -- --update-docs) -->', '<!-- figures: end -->'];

/** What the figures depend on. */
function machine() {
  const python = spawnSync(
    join(root, '.venv', 'bin', 'python'),
    ['-c', 'import platform; print(platform.python_version())'],
    {
      encoding: 'utf8',
    },
  );
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model.trim() ?? arch(),
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.versions.node,
    python: python.stdout?.trim() ?? null,
  };
}

/** The figures of one benchmark; it runs in its own process and sends them at its end. */
function run(name) {
  return new Promise((resolve, reject) => {
    let figures = null;
    const child = fork(join(root, 'dist-bench', 'bench', `${name}.js`), [], { cwd: root });
    child.on('message', (message) => {
      figures = message.figures;
      child.disconnect();
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0 && figures !== null) resolve(figures);
      else
        reject(
          new Error(
            `The benchmark ${name} ended with ${signal ?? code} and ${figures === null ? 'no' : 'its'} figures.`,
          ),
        );
    });
  });
}

const verdicts = new Map([
  [true, 'met'],
  [false, 'MISSED'],
  [null, ''],
]);

/** The table of a benchmark; one that measured others too has a column for each, with how many times better ours is. */
function tableOf(figures) {
  const names = figures.find((one) => one.peers !== undefined)?.peers.map((peer) => peer.name) ?? [];
  const shown = (value) => (value === null ? 'unknown' : value >= 10_000 ? value.toLocaleString('en') : String(value));
  const beside = (peer) => (peer.value === null ? '-' : `${shown(peer.value)} (${shown(peer.times)}x)`);
  const head = ['figure', names.length === 0 ? 'value' : 'Dandori', ...names, 'unit', 'goal', '', 'note'];
  const body = figures.map((one) => [
    one.name,
    shown(one.value),
    ...(one.peers ?? []).map(beside),
    one.unit,
    one.goal ?? '',
    verdicts.get(one.met),
    one.note ?? '',
  ]);
  const isNumber = (column) => column >= 1 && column <= 1 + names.length;
  return { rows: [head, ...body], isNumber };
}

function printTable(title, figures) {
  const { rows, isNumber } = tableOf(figures);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const padded = (cell, column) => (isNumber(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]));
  process.stdout.write(`\n${title}\n${rows.map((row) => `  ${row.map(padded).join('  ').trimEnd()}`).join('\n')}\n`);
}

function machineLine(on) {
  return `${on.date}, ${on.cpu}, ${on.cores} cores, ${on.memory_gb} GB, ${on.system}, Node ${on.node}, Python ${on.python}`;
}

function markdown(report) {
  const cell = (text) => text.replaceAll('|', '\\|');
  const table = (figures) => {
    const { rows, isNumber } = tableOf(figures);
    const [head, ...body] = rows.map((row) => `| ${row.map(cell).join(' | ')} |`);
    const rule = `| ${rows[0].map((_, column) => (isNumber(column) ? '---:' : '---')).join(' | ')} |`;
    return [head, rule, ...body].join('\n');
  };
  const parts = Object.entries(report.benches).map(([name, figures]) => `### ${benches[name]}\n\n${table(figures)}`);
  return [machineLine(report.machine), ...parts].join('\n\n');
}

/** Replaces what stands between the marks of the page; the rest is written by hand. */
function updateDocs(report) {
  const text = readFileSync(page, 'utf8');
  const [begin, end] = marks.map((mark) => text.indexOf(mark));
  if (begin < 0 || end < begin) throw new Error(`${page} has no marks "${marks.join('" and "')}" for the figures.`);
  writeFileSync(page, `${text.slice(0, begin)}${marks[0]}\n\n${markdown(report)}\n\n${text.slice(end)}`);
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string' }, 'update-docs': { type: 'boolean', default: false } },
  });
  const unknown = positionals.filter((name) => !(name in benches));
  if (unknown.length > 0)
    throw new Error(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}.`);
  if (values['update-docs'] && positionals.length > 0)
    throw new Error('--update-docs writes the page whole: name no benchmarks.');
  return { ...values, names: positionals.length > 0 ? positionals : Object.keys(benches) };
}

async function measure() {
  const { names, json, 'update-docs': update } = readArguments();
  await setUp();
  await compileBenches(root);
  const report = { format: 1, machine: machine(), benches: {} };
  process.stdout.write(`${machineLine(report.machine)}\n`);
  for (const name of names) {
    if (name === 'engine') await setUpPeers(root);
    report.benches[name] = await run(name);
    printTable(benches[name], report.benches[name]);
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (update) updateDocs(report);
  const missed = Object.values(report.benches)
    .flat()
    .filter((figure) => figure.met === false);
  process.stdout.write(
    missed.length === 0 ? '\nEvery goal is met.\n' : `\nMissed: ${missed.map((figure) => figure.name).join('; ')}.\n`,
  );
}

main(measure);
