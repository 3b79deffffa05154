import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalWorld, owner } from './world.js';

let world: LocalWorld;
beforeAll(async () => {
  world = await LocalWorld.start('first');
});
afterAll(() => world.stop());

describe('a request that passes first time', () => {
  it('x', async () => {
    const issue = await world.ask();
    const waiting = await world.waiting(issue);
    await world.people.comment(issue, '/approve', owner);
    const run = await world.inService(issue);
    console.log(await world.said(issue), await world.labels(issue), run, waiting.question);
    console.log(await world.predict('loans-staging', { income: 80, debt: 10, colour: 'red', luck: 0.3 }));
  });
});
