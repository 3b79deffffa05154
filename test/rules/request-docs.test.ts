import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderRequestDocs } from '../../src/request/docs.js';
import { projectRoot } from '../../src/root.js';

describe('docs/request.md', () => {
  test('is what the schema says; "npm run build && node scripts/generate-docs.mjs" writes it anew', () => {
    expect(readFileSync(join(projectRoot, 'docs', 'request.md'), 'utf8')).toBe(renderRequestDocs());
  });
});
