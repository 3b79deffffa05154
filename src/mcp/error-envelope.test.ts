import { describe, expect, it } from 'vitest';
import { DandoriError, errorCodes } from '../errors.js';
import { fromEnvelope, toEnvelope } from './error-envelope.js';

describe('the error envelope', () => {
  it.each(errorCodes)('carries a %s error there and back', (code) => {
    const details = { found: 'two', allowed: 'one', next: 'take one away.', data: { problems: [1] } };
    const error = new DandoriError(code, 'There are too many.', details);
    const back = fromEnvelope(JSON.parse(JSON.stringify(toEnvelope(error))));
    expect(back).toBeInstanceOf(DandoriError);
    expect(back).toMatchObject({ code, what: 'There are too many.', message: error.message, details });
  });

  it('says what failed apart from what was found, allowed and next', () => {
    const { error } = toEnvelope(new DandoriError('not_found', 'There is no run x.', { next: 'look.' }));
    expect(error).toEqual({ code: 'not_found', message: 'There is no run x.', next: 'look.' });
  });

  it.each([
    [new Error('broken'), 'broken'],
    ['thrown text', 'thrown text'],
    [undefined, 'undefined'],
  ])('calls %s internal', (thrown, message) => {
    expect(toEnvelope(thrown)).toEqual({ error: { code: 'internal', message } });
  });

  it('cuts endless messages', () => {
    expect(toEnvelope(new Error('x'.repeat(1_000_000))).error.message).toHaveLength(4000);
  });

  it.each([[null], [{}], [{ error: 'text' }], [{ error: { code: 'unheard_of', message: 'x' } }]])(
    'is not seen in %j',
    (value) => {
      expect(fromEnvelope(value)).toBeNull();
    },
  );
});
