// npm run pictures: one run from the issue form to the result on the fake GitHub, its comments drawn as GitHub shows them, into
// docs/images/github-*.png. An argument names the file in which the story is kept, or from which it is taken. Needs Chromium
// (DANDORI_CHROMIUM, else `chromium` on the PATH), the fonts DejaVu Sans and Noto Color Emoji, and what scripts/pictures/ names.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileBenches } from './lib/benches.mjs';
import { installLocked } from './lib/node.mjs';
import { pageOf } from './lib/issue-page.mjs';
import { runStep } from './lib/steps.mjs';
import { main, root, setUp } from './setup.mjs';

const packages = join(root, 'scripts', 'pictures');
const width = 900;
const mostBytes = 300_000;

/** Which part of the issue each picture shows: a moment of the story, the comments that match, and whether title and text are above. */
const pictures = [
  { name: 'github-status', moment: 'training', posts: [/\/status -->/], head: true },
  { name: 'github-proposal', moment: 'proposed', posts: [/optimization_proposal -->/], head: false },
  { name: 'github-result', moment: 'done', posts: [/reaction_added/, /notify_deployment_success -->/], head: false },
];

/** Runs Chromium on a page until its diagrams are drawn; it has no network and loads nothing but files. */
function chromium(page, ...options) {
  const program = process.env.DANDORI_CHROMIUM ?? 'chromium';
  const profile = mkdtempSync(join(tmpdir(), 'dandori-chromium-'));
  const quiet = [
    '--disable-background-networking',
    '--disable-quic',
    '--disable-gpu',
    '--hide-scrollbars',
    '--disable-lcd-text',
  ];
  const shared = ['--headless=new', '--no-sandbox', ...quiet, '--allow-file-access-from-files', '--lang=en'];
  const args = [...shared, `--user-data-dir=${profile}`, '--virtual-time-budget=20000', ...options];
  const run = spawnSync(program, [...args, pathToFileURL(page).href], {
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    timeout: 120_000,
  });
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  if (run.error !== undefined) throw new Error(`${program} cannot be started: ${run.error.message}`);
  if (run.status !== 0) throw new Error(`${program} ended with ${run.status}: ${run.stderr}`);
  return run.stdout;
}

/** The page tells its height, and how many diagrams are drawn, when it is laid out. */
function heightOf(page) {
  const [, height, drawn, wanted] =
    /data-height="(\d+)" data-drawn="(\d+)" data-wanted="(\d+)"/.exec(
      chromium(page, `--window-size=${width},800`, '--dump-dom'),
    ) ?? [];
  if (height === undefined || drawn !== wanted)
    throw new Error(`${page} is not drawn: ${drawn} of ${wanted} diagrams.`);
  return Number(height);
}

async function draw() {
  await setUp();
  await installLocked(packages, 'Installing what draws the pictures (200 MB, once)');
  await compileBenches(root);
  const folder = mkdtempSync(join(tmpdir(), 'dandori-pictures-'));
  try {
    const program = join(root, 'dist-bench', 'test', 'pictures', 'story.js');
    const story = process.argv[2] ?? join(folder, 'story.json');
    if (!existsSync(story)) await runStep('Running the story', process.execPath, [program, story], { cwd: root });
    const told = JSON.parse(readFileSync(story, 'utf8'));
    for (const { name, moment, posts, head } of pictures) {
      const page = join(folder, `${name}.html`);
      writeFileSync(page, await pageOf(told, { moment, posts, head, packages }));
      const out = join(root, 'docs', 'images', `${name}.png`);
      chromium(page, `--window-size=${width},${heightOf(page)}`, `--screenshot=${out}`);
      const { size } = statSync(out);
      process.stdout.write(`docs/images/${name}.png  ${Math.round(size / 1000)} KB\n`);
      if (size > mostBytes) throw new Error(`${out} has more than ${mostBytes / 1000} KB.`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

main(draw);
