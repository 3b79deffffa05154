// What `npm run bench:engine` measures Dandori beside: packages of their own, installed by the first run only.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runStep } from './steps.mjs';

/** Installs what bench/peers/package-lock.json names; a failure is said, and the benchmark leaves the peers out. */
export async function setUpPeers(root) {
  if (process.env.BENCH_PEERS === '0') return;
  const folder = join(root, 'bench', 'peers');
  const stamp = join(folder, 'node_modules', '.dandori-stamp');
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  try {
    await runStep(
      'Installing the engines to compare with (200 MB, once)',
      'npm',
      ['ci', '--no-audit', '--no-fund', '--loglevel=error'],
      { cwd: folder, next: 'check the network; BENCH_PEERS=0 measures Dandori alone.' },
    );
    writeFileSync(stamp, lock);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
  }
}
