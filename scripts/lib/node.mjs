import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runStep } from './steps.mjs';

const minimum = [20, 19];

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > minimum[0] || (major === minimum[0] && minor >= minimum[1])) return;
  throw new Error(
    `Dandori needs Node.js ${minimum.join('.')} or newer; this is ${process.versions.node}.\nWhat to do: install a newer one from your system or nodejs.org.`,
  );
}

function same(path, text) {
  return existsSync(path) && readFileSync(path, 'utf8') === text;
}

/** Installs the packages of a folder's package-lock.json when they are absent or the lock file changed. */
export async function installLocked(
  folder,
  title,
  next = 'check the network and the free space, then run the same command again.',
) {
  const stamp = join(folder, 'node_modules', '.dandori-stamp');
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  if (same(stamp, lock)) return;
  await runStep(title, 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, next });
  writeFileSync(stamp, lock);
}

export const installPackages = (root) => installLocked(root, 'Installing the Node packages');

/** Names, sizes and times of the sources: enough to see that something changed. */
function sourcesOf(root) {
  const hash = createHash('sha256');
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.name.endsWith('.ts') || entry.name.endsWith('.json')) {
        const { size, mtimeMs } = statSync(path);
        hash.update(`${path} ${size} ${mtimeMs}\n`);
      }
    }
  };
  walk(join(root, 'src'));
  hash.update(readFileSync(join(root, 'tsconfig.build.json')));
  return hash.digest('hex');
}

/** Compiles `src/` to `dist/` when a source changed. */
export async function build(root) {
  const stamp = join(root, 'dist', '.dandori-stamp');
  const sources = sourcesOf(root);
  if (same(stamp, sources)) return;
  await runStep(
    'Compiling',
    process.execPath,
    [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
    {
      cwd: root,
      next: 'the messages above name the files; "npm run types" shows them again.',
    },
  );
  writeFileSync(stamp, sources);
}
