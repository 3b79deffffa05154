import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commands } from '../../src/entry/commands/index.js';
import { parseBody } from '../../src/request/parse-body.js';
import { projectRoot } from '../../src/root.js';
import { generated } from './doc-tables.js';

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

function markdownIn(folder: string): string[] {
  const entries = readdirSync(join(projectRoot, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return folder === '.' ? [] : markdownIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const pages = ['.', 'docs', 'examples'].flatMap(markdownIn);
const withoutCode = (text: string): string =>
  text.replaceAll(/^(`{3,})[^]*?^\1`*$/gm, '').replaceAll(/`[^`\n]*`/g, '``');

/** Names of the headings of a page, as GitHub makes them. */
function anchorsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8').replaceAll(/^(`{3,})[^]*?^\1`*$/gm, '');
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

describe('the pages in Markdown', () => {
  it.each(pages)('%s has links that lead somewhere', (page) => {
    const links = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
    const broken = links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? join(projectRoot, page) : resolve(projectRoot, dirname(page), path);
        return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
      });
    expect(broken).toEqual([]);
  });

  it.each(pages)(
    '%s has tables as the source says; "UPDATE_DOCS=1 npx vitest run test/rules/docs.test.ts" writes them',
    (page) => {
      const text = read(page);
      const current = text.replaceAll(
        /(<!-- generated ([a-z-]+) -->\n)[^]*?(<!-- \/generated -->)/g,
        (_all, open: string, name: string, close: string) => {
          const make = generated[name];
          if (make === undefined) throw new Error(`${page}: nothing makes the table ${name}.`);
          return `${open}\n${make()}\n\n${close}`;
        },
      );
      if (process.env['UPDATE_DOCS'] === '1') writeFileSync(join(projectRoot, page), current);
      else expect(text).toBe(current);
    },
  );

  it('show requests that Dandori takes', () => {
    const shown = pages.flatMap((page) =>
      [...read(page).matchAll(/^( *)```yaml\n([^]*?)^ *```$/gm)]
        .map(([, indent = '', text = '']) => ({ page, text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), '') }))
        .filter(({ text }) => /^task_type:/m.test(text)),
    );
    expect(shown.length).toBeGreaterThan(2);
    const refused = shown.flatMap(({ page, text }) => {
      const parsed = parseBody(text);
      return parsed.ok ? [] : [{ page, problems: parsed.problems.map(({ field, allowed }) => `${field}: ${allowed}`) }];
    });
    expect(refused).toEqual([]);
  });

  it('hold every generated table once', () => {
    const used = pages.flatMap((page) =>
      [...read(page).matchAll(/<!-- generated ([a-z-]+) -->/g)].map(([, name]) => name),
    );
    expect(used.toSorted()).toEqual(Object.keys(generated).toSorted());
  });
});

/** The part of a page under a heading of the second level. */
function section(page: string, title: string): string {
  const [, text] = new RegExp(`\\n## ${title}\\n([^]*?)(?=\\n## |$)`).exec(read(page)) ?? [];
  expect(text, `${page} has a section "${title}"`).toBeDefined();
  return text ?? '';
}

describe('ARCHITECTURE.md', () => {
  const names = z.record(z.string(), z.string());
  const manifest = z.object({ dependencies: names, devDependencies: names }).parse(JSON.parse(read('package.json')));

  it('says of every Node dependency why it was chosen', () => {
    const text = section('ARCHITECTURE.md', 'Dependencies');
    const all = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)];
    expect(all.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('says of every Python requirement what it is for', () => {
    const text = section('ARCHITECTURE.md', 'Dependencies');
    const all = ['requirements.txt', 'requirements-dev.txt'].flatMap((file) =>
      [...read(`trainer/${file}`).matchAll(/^([A-Za-z][\w.-]*)==/gm)].map(([, name]) => name ?? ''),
    );
    expect(all.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('names every file and folder of src in its layout', () => {
    const text = section('ARCHITECTURE.md', 'Layout');
    const known = readdirSync(join(projectRoot, 'src'), { withFileTypes: true })
      // A folder without files is no part of the project.
      .filter((entry) => entry.isFile() || readdirSync(join(projectRoot, 'src', entry.name)).length > 0)
      .filter((entry) => !entry.name.endsWith('.test.ts'))
      .map((entry) => (entry.isDirectory() ? `src/${entry.name}/` : `src/${entry.name}`));
    expect(known.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('README.md', () => {
  it('names every command', () => {
    const text = section('README.md', 'Commands');
    expect([...commands.keys()].filter((name) => !text.includes(`\`${name}`))).toEqual([]);
  });

  it('links every page of docs, and every example has its place there', () => {
    const targets = [...read('README.md').matchAll(/\]\(([^)#\s]+)/g)].map((match) => match[1] ?? '');
    const wanted = [
      ...markdownIn('docs').map((path) => relative('.', path)),
      ...readdirSync(join(projectRoot, 'examples')).map((name) => `examples/${name}`),
    ];
    expect(wanted.filter((path) => !targets.some((target) => target.startsWith(path)))).toEqual([]);
  });
});
