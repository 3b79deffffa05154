#!/usr/bin/env node
// A plain shim: it says what to do while nothing is installed.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, 'dist', 'entry', 'cli.js');

if (existsSync(cli) && existsSync(join(root, 'node_modules', '.dandori-stamp'))) {
  const { main } = await import(pathToFileURL(cli).href);
  process.exitCode = await main(process.argv);
} else {
  process.stderr.write(
    'Dandori is not set up in this checkout yet.\nWhat to do: run "npm start" here (it installs everything and trains the example), or "npm run setup".\n',
  );
  process.exitCode = 1;
}
