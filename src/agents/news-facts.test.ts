import { describe, expect, it } from 'vitest';
import { requestOf } from '../capabilities/testing/fixtures.js';
import { cancelCause } from '../workflow/cancel-cause.js';
import { failureFacts } from './news-facts.js';

describe('failureFacts', () => {
  const request = requestOf();
  const cancelled = { Error: 'Dandori.Cancelled', Cause: cancelCause({ by: 'ken', reason: '/cancel' }) };

  it.each([
    { what: 'who cancelled', language: 'en' as const, error: cancelled, reason: 'Cancelled by ken: /cancel' },
    { what: 'who cancelled', language: 'ja' as const, error: cancelled, reason: 'ken がキャンセルしました（/cancel）' },
    {
      what: 'the cause of a failure',
      language: 'ja' as const,
      error: { Error: 'Dandori.JobFailed', Cause: 'The trainer was killed.' },
      reason: 'The trainer was killed.',
    },
    {
      what: 'the name of an error without a cause',
      language: 'en' as const,
      error: { Error: 'States.Timeout' },
      reason: 'States.Timeout',
    },
    { what: 'nothing where there is no error', language: 'en' as const, error: undefined, reason: null },
  ])('gives $what, in the words of the request: $language', ({ language, error, reason }) => {
    const told = failureFacts({ request: { ...request, language }, error, history: undefined }, '1.0.0');
    expect(told).toEqual({ kept_version: '1.0.0', reason, report: null });
  });
});
