// Writes the pages under docs/ that are made from the source. Run `npm run build` first.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderCliDocs, renderToolDocs } from '../dist/entry/docs.js';
import { renderRequestDocs } from '../dist/request/docs.js';
import { projectRoot } from '../dist/root.js';

const pages = { 'cli.md': renderCliDocs, 'request.md': renderRequestDocs, 'tools.md': renderToolDocs };

for (const [name, render] of Object.entries(pages)) {
  writeFileSync(join(projectRoot, 'docs', name), await render());
  console.log(`docs/${name}`);
}
