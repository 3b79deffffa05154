// Everything that a checkout needs: Node packages, the trainer's Python environment, the compiled programs.
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, checkNode, installPackages } from './lib/node.mjs';
import { setUpMoto, setUpTrainer } from './lib/python.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Waits for every part, so that none goes on behind a failure; throws the first one. */
export async function together(...parts) {
  const ended = await Promise.allSettled(parts);
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return ended.map((one) => one.value);
}

/** Node packages and the compiled programs. */
export async function setUpNode() {
  checkNode();
  await installPackages(root);
  await build(root);
}

/** `.venv`; `dev` adds the test tools and `.venv-moto`. */
export async function setUpPython({ dev = false } = {}) {
  await setUpTrainer(root, { dev });
  if (dev) await setUpMoto(root);
}

/** Does what is missing and nothing else; `dev` adds the test tools. */
export async function setUp({ dev = false } = {}) {
  await together(setUpNode(), setUpPython({ dev }));
}

/** Runs a script's body; a failure is a message and exit code 1, never a stack. */
export function main(body) {
  body().then(
    (code) => process.exit(code ?? 0),
    (error) => {
      process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  main(() => setUp({ dev: process.argv.includes('--dev') }));
