import { describe, expect, it } from 'vitest';
import type { Notice, Notifier } from '../ports/notifier.js';
import { plainNotice } from '../ports/notifier.testsuite.js';
import { createRedactor } from '../redact.js';
import { redactNotifiers } from './redacted-ports.js';

const secret = 'the-password-of-the-mail-server';

describe('redactNotifiers', () => {
  it('lets no secret into a message, and none out of what the other side says', async () => {
    const given: Notice[] = [];
    const email: Notifier = {
      async send({ notice }) {
        given.push(notice);
        return { status: 'refused', reason: `535 ${secret} is wrong`, again: false, retryAfterMs: null };
      },
      find: async () => ({ status: 'unknown' }),
      target: () => 'email',
    };
    const notifiers = redactNotifiers({ slack: null, email, pagerduty: null }, createRedactor([secret]));
    const notice = { ...plainNotice, message: `cannot log in with ${secret}` };
    expect(await notifiers.email?.send({ key: 'k', notice })).toMatchObject({ reason: '535 [redacted] is wrong' });
    expect(given).toMatchObject([{ message: 'cannot log in with [redacted]' }]);
    expect(await notifiers.email?.find({ key: 'k' })).toEqual({ status: 'unknown' });
  });
});
