import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/root.js';
import { startWorld, type StoryWorld } from './start-world.js';

const folder = join(projectRoot, 'examples');
const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'request.md')));

let world: StoryWorld;
beforeAll(async () => {
  world = await startWorld('examples');
});
afterAll(() => world.stop());

describe('every example', () => {
  it('has a request', () => {
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map((entry) => entry.name)).toEqual(names);
  });

  it.each(names)('%s ends in service and answers its own sample', { timeout: 120_000 }, async (name) => {
    const issue = await world.submitFile(join(folder, name, 'request.md'));
    const run = await world.inService(issue);
    expect(run.version).toBe('1.0.0');
    const { curl } = run.data['deployment'] as { curl: string };
    const [, url = '', data = ''] = /^curl -s (\S+) .* -d '(.*)'$/.exec(curl) ?? [];
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: data });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ model_version: '1.0.0', predictions: [expect.anything()] });
  });
});
