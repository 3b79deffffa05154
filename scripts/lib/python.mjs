// The trainer's virtual environment: built aside, stamped, renamed into place.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runStep } from './steps.mjs';

const supported = ['3.13', '3.12', '3.11'];

function versionOf(python) {
  const answer = spawnSync(python, ['-c', 'import sys, ensurepip, venv; print("%d.%d.%d" % sys.version_info[:3])'], {
    encoding: 'utf8',
  });
  return answer.status === 0 ? answer.stdout.trim() : null;
}

/** The first usable Python 3.11 to 3.13: `DANDORI_PYTHON`, or by name on the PATH. */
export function findPython() {
  const given = process.env.DANDORI_PYTHON;
  const names =
    given === undefined ? ['python3', ...supported.map((version) => `python${version}`), 'python'] : [given];
  const seen = [];
  for (const name of names) {
    const version = versionOf(name);
    if (version !== null && supported.some((wanted) => version.startsWith(`${wanted}.`)))
      return { python: name, version };
    seen.push(`${name}: ${version ?? 'absent, or without venv'}`);
  }
  throw new Error(
    `No Python ${supported.join(', ')} with venv was found (${seen.join('; ')}).\nWhat to do: install one (Debian: apt-get install python3 python3-venv; macOS: brew install python@3.12) or name it in DANDORI_PYTHON.`,
  );
}

/** What the environment is made from: the requirement files' bytes and the Python version. */
export function stampOf(root, files, version) {
  const hash = createHash('sha256').update(version);
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(root, 'trainer', file)));
  return hash.digest('hex');
}

function stampIn(folder) {
  const path = join(folder, 'dandori-stamp.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
}

/** Makes `.venv` when it is absent or was made from other requirements; `dev` adds the test tools. */
export async function setUpPython(root, { dev = false } = {}) {
  const { python, version } = findPython();
  const venv = join(root, '.venv');
  const digest = stampOf(root, ['requirements.txt'], version);
  const wanted = { digest, python: version, dev: dev ? stampOf(root, ['requirements-dev.txt'], version) : null };
  const have = stampIn(venv);
  if (have?.digest === digest && (!dev || have.dev === wanted.dev)) return;
  const pip = (folder, file) => ({
    command: join(folder, 'bin', 'python'),
    args: [
      '-m',
      'pip',
      'install',
      '--disable-pip-version-check',
      '--no-input',
      '--progress-bar',
      'off',
      '-r',
      join(root, 'trainer', file),
    ],
  });
  const onLine = (line) => /^(?:Collecting|Downloading|Installing) .*/.exec(line)?.[0];
  const next = 'check the network and the free space, then run the same command again.';
  let folder = venv;
  if (have?.digest !== digest) {
    for (const old of readdirSync(root))
      if (old.startsWith('.venv-new-')) rmSync(join(root, old), { recursive: true, force: true });
    folder = join(root, `.venv-new-${process.pid}`);
    await runStep(`Making a Python ${version} environment`, python, ['-m', 'venv', folder], { next });
    const install = pip(folder, 'requirements.txt');
    await runStep('Installing the trainer (scikit-learn, XGBoost, ONNX)', install.command, install.args, {
      onLine,
      next,
    });
  }
  if (dev) {
    const install = pip(folder, 'requirements-dev.txt');
    await runStep('Installing the Python test tools', install.command, install.args, { onLine, next });
  }
  writeFileSync(join(folder, 'dandori-stamp.json'), `${JSON.stringify(wanted)}\n`);
  if (folder === venv) return;
  rmSync(venv, { recursive: true, force: true });
  renameSync(folder, venv);
}
