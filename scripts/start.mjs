// `npm start`: sets everything up, then runs the example from its request to a model in service.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main, root, setUp } from './setup.mjs';

main(async () => {
  await setUp();
  const { start } = await import(pathToFileURL(join(root, 'dist', 'entry', 'start.js')).href);
  return start(process.argv.slice(2));
});
