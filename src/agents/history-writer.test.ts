import { afterEach, describe, expect, it } from 'vitest';
import { detectIssue } from '../capabilities/github-integration/detect-issue.js';
import { createRedactor } from '../redact.js';
import { fakePorts } from '../capabilities/testing/fake-ports.js';
import { DandoriError } from '../errors.js';
import { connectInProcess, type ToolClient } from '../mcp/tool-client.js';
import { callHere } from '../mcp/tool-server.js';
import type { IssueTracker } from '../ports/issue-tracker.js';
import { cancelCause } from '../workflow/cancel-cause.js';
import { issueOf, whyEnded } from './history-writer.js';

describe('issueOf', () => {
  let tools: ToolClient<[typeof detectIssue]>;
  afterEach(() => tools.close());

  async function ask(getIssue: IssueTracker['getIssue']) {
    const ports = fakePorts();
    const call = callHere({
      ports: { ...ports, issues: { ...ports.issues, getIssue } },
      dataRoots: [],
      now: () => new Date(),
      redact: createRedactor(),
    });
    tools = await connectInProcess([detectIssue], { name: 'test', version: '1', call });
    return issueOf(9, tools);
  }

  it('knows title and address of the issue', async () => {
    const issue = {
      number: 9,
      title: 'Train churn',
      body: '',
      labels: [],
      author: 'aya',
      state: 'open' as const,
      createdAt: '2026-01-10T12:00:00Z',
      updatedAt: '2026-01-10T12:00:00Z',
      url: 'https://example.org/issues/9',
    };
    expect(await ask(async () => issue)).toEqual({ number: 9, title: 'Train churn', url: issue.url });
  });

  it.each([
    ['keeps the number of an issue that was deleted', 'not_found', { number: 9 }],
    ['does not take a tracker that is away for a deleted issue', 'unavailable', null],
  ] as const)('%s', async (_, code, expected) => {
    const asked = ask(async () => {
      throw new DandoriError(code, 'The issue 9 cannot be read.');
    });
    if (expected === null) await expect(asked).rejects.toThrow(/cannot be read/);
    else expect(await asked).toEqual(expected);
  });
});

describe('whyEnded', () => {
  it.each([
    { language: 'en' as const, reason: 'Cancelled by ken: /cancel' },
    { language: 'ja' as const, reason: 'ken がキャンセルしました（/cancel）' },
  ])('says who cancelled in the language of the record: $language', ({ language, reason }) => {
    const error = { Error: 'Dandori.Cancelled', Cause: cancelCause({ by: 'ken', reason: '/cancel' }) };
    expect(whyEnded('cancelled', error, language)).toEqual({ reason, ended_by: 'ken' });
  });

  it.each([
    { error: { Error: 'Dandori.JobFailed', Cause: 'The trainer was killed.' }, reason: 'The trainer was killed.' },
    { error: { Error: 'States.Timeout' }, reason: 'States.Timeout' },
    { error: null, reason: null },
  ])('gives the cause of any other ending as it is: $reason', ({ error, reason }) => {
    expect(whyEnded('failed', error, 'ja')).toEqual({ reason, ended_by: null });
  });
});
