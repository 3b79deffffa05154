// What `npm run bench:engine` measures Dandori beside: packages of their own, installed by the first run only.
import { join } from 'node:path';
import { installLocked } from './node.mjs';

/** Installs what bench/peers/package-lock.json names; a failure is said, and the benchmark leaves the peers out. */
export async function setUpPeers(root) {
  if (process.env.BENCH_PEERS === '0') return;
  const title = 'Installing the engines to compare with (200 MB, once)';
  const next = 'check the network; BENCH_PEERS=0 measures Dandori alone.';
  await installLocked(join(root, 'bench', 'peers'), title, next).catch((error) => {
    process.stderr.write(`${error.message}\n`);
  });
}
