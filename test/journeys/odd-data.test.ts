import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loansCsv } from './rows.js';
import { startWorld, type StoryWorld } from './start-world.js';

let world: StoryWorld;
beforeAll(async () => {
  world = await startWorld('odd');
});
afterAll(() => world.stop());

/** The loans with holes in two columns, a column that always says the same and one that says nothing. */
function oddCsv(): string {
  const [header = '', ...rows] = loansCsv({ rows: 320 }).trim().split('\n');
  const odd = rows.map((row, index) => {
    const [income = '', debt = '', colour = '', luck = '', good = ''] = row.split(',');
    return [index % 9 === 0 ? '' : income, debt, index % 7 === 0 ? '' : colour, luck, 'Japan', '', good].join(',');
  });
  return `${[header.replace(',good', ',country,fax,good'), ...odd].join('\n')}\n`;
}

describe('odd but usable data', () => {
  it('trains with a constant and an all-missing column, and says so', async () => {
    world.write('odd.csv', oddCsv());
    const issue = await world.askApproved({ data_source: { path: 'odd.csv' }, dataset_id: 'odd', model_name: 'odd' });
    const run = await world.inService(issue);
    const { quality_report_s3: key } = run.data['data'] as { quality_report_s3: string };
    const report = await world.server.app.ports.objects.get({ key });
    const text = Buffer.from(report).toString();
    for (const column of ['country', 'fax']) expect(text).toContain(column);
    const said = await world.heard(issue, /Workflow optimization proposal/);
    expect(said).toMatch(/country.*All values are the same; the column is left out/);
    expect(said).toMatch(/fax.*no value at all; it is left out/);
  });

  it.each([
    ['everything given', { income: 80, debt: 10, colour: 'red', luck: 0.5 }],
    ['missing numbers', { income: null, debt: null, colour: 'red', luck: 0.5 }],
    ['a missing category', { income: 80, debt: 10, colour: null, luck: 0.5 }],
    ['a category that training never saw', { income: 80, debt: 10, colour: 'purple', luck: 0.5 }],
    ['nothing known at all', { income: null, debt: null, colour: null, luck: null }],
  ])('answers a row with %s', async (_, row) => {
    const { status, body } = await world.predict('odd-staging', row);
    expect({ status, body }).toMatchObject({ status: 200, body: { predictions: [{ label: expect.any(String) }] } });
  });

  it.each([
    ['a text where a number belongs', { income: 'much', debt: 10, colour: 'red', luck: 0.5 }, 'income'],
    ['a row without a column', { income: 80, debt: 10, colour: 'red' }, 'luck'],
    ['an unknown field', { incom: 80, debt: 10, colour: 'red', luck: 0.5 }, 'incom'],
  ])('refuses %s by the name of the field', async (_, row, field) => {
    const { status, body } = await world.predict('odd-staging', row);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(field);
  });
});
