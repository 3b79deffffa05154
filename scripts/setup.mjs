// Everything that a checkout needs: Node packages, the trainer's Python environment, the compiled programs.
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, checkNode, setUpNode } from './lib/node.mjs';
import { setUpPython } from './lib/python.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Does what is missing and nothing else; `dev` adds the test tools. */
export async function setUp({ dev = false } = {}) {
  checkNode();
  const both = await Promise.allSettled([setUpNode(root), setUpPython(root, { dev })]);
  const failed = both.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  await build(root);
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
