// The virtual environments: built aside, stamped, renamed into place.
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

/** What an environment is made from: the requirement files' bytes and the Python version. */
export function stampOf(root, files, version, folder = 'trainer') {
  const hash = createHash('sha256').update(version);
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(root, folder, file)));
  return hash.digest('hex');
}

function stampIn(folder) {
  const path = join(folder, 'dandori-stamp.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
}

function writeStamp(folder, stamp) {
  writeFileSync(join(folder, 'dandori-stamp.json'), `${JSON.stringify(stamp)}\n`);
}

const next = 'check the network and the free space, then run the same command again.';

function install(title, folder, requirements) {
  const options = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  return runStep(title, join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...options, '-r', requirements], {
    onLine: (line) => /^(?:Collecting|Downloading|Installing) .*/.exec(line)?.[0],
    next,
  });
}

/** An empty environment beside the one that it will replace; what an interrupted run left is removed. */
async function makeAside(root, title, { python, version }) {
  for (const old of readdirSync(root))
    if (old.startsWith('.venv-new-')) rmSync(join(root, old), { recursive: true, force: true });
  const folder = join(root, `.venv-new-${process.pid}`);
  await runStep(`Making a Python ${version} environment${title}`, python, ['-m', 'venv', folder], { next });
  return folder;
}

function putInPlace(folder, venv) {
  rmSync(venv, { recursive: true, force: true });
  renameSync(folder, venv);
}

/** `.venv`: the trainer; made when it is absent or was made from other requirements. `dev` adds the test tools. */
export async function setUpTrainer(root, { dev = false } = {}) {
  const found = findPython();
  const venv = join(root, '.venv');
  const { version } = found;
  const digest = stampOf(root, ['requirements.txt'], version);
  const wanted = { digest, python: version, dev: dev ? stampOf(root, ['requirements-dev.txt'], version) : null };
  const have = stampIn(venv);
  if (have?.digest === digest && (!dev || have.dev === wanted.dev)) return;
  let folder = venv;
  if (have?.digest !== digest) {
    folder = await makeAside(root, '', found);
    const requirements = join(root, 'trainer', 'requirements.txt');
    await install('Installing the trainer (scikit-learn, XGBoost, ONNX)', folder, requirements);
  }
  if (dev) await install('Installing the Python test tools', folder, join(root, 'trainer', 'requirements-dev.txt'));
  writeStamp(folder, wanted);
  if (folder !== venv) putInPlace(folder, venv);
}

/** `.venv-moto`: the emulator of AWS for the tests, apart because its packages are none of the trainer's; not beside `setUpTrainer`. */
export async function setUpMoto(root) {
  const found = findPython();
  const venv = join(root, '.venv-moto');
  const { version } = found;
  const wanted = { digest: stampOf(root, ['requirements.txt'], version, join('test', 'parity')), python: version };
  if (stampIn(venv)?.digest === wanted.digest) return;
  const folder = await makeAside(root, ' for moto', found);
  await install(
    'Installing moto (an emulator of AWS for the tests)',
    folder,
    join(root, 'test', 'parity', 'requirements.txt'),
  );
  writeStamp(folder, wanted);
  putInPlace(folder, venv);
}
