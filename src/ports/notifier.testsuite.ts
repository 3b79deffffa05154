import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Notice, Notifier } from './notifier.js';

/** How the other side behaves: takes and answers; says no for good; says no for now; takes and breaks off; takes, begins to answer and breaks off; takes and never answers. */
export type StandInMode = 'ok' | 'refuse' | 'busy' | 'lose' | 'cut' | 'hang';

/** A message that tries to be more than text. */
export const hostileNotice: Notice = {
  type: 'training_failed',
  severity: 'error',
  subject: 'churn',
  title: '❌ Failed: churn\r\nBcc: everybody@example.com',
  lead: 'Nothing was deployed; `/retry` tries again.',
  message: `<!channel> <@U123> @here <https://evil.example|click> & "quotes" </p><script>alert(1)</script>\r\n.\r\nQUIT ${'x'.repeat(9000)}`,
  facts: [
    { label: 'Reason', value: '<!everyone> &lt; \u202Ereversed\u200B `code` *bold*' },
    ...Array.from({ length: 60 }, (_, index) => ({ label: `Fact ${index}`, value: '&'.repeat(400) })),
  ],
  link: { text: 'Issue #7 <|>', url: 'https://tracker.example/issues/7?a=1&b=2|3' },
  footer: 'Sent by Dandori.',
  language: 'en',
};

export const plainNotice: Notice = {
  ...hostileNotice,
  title: '❌ Training did not lead to a new model: churn',
  message: '段取り: the metric f1_score is 0.61 < 0.8',
  facts: [{ label: 'Model', value: 'churn' }],
  link: { text: 'Issue #7', url: 'https://tracker.example/issues/7' },
};

export interface NotifierUnderTest {
  notifier: Notifier;
  setMode(mode: StandInMode): void;
  /** Ends the other side: nobody listens any more. */
  stop(): Promise<void>;
  /** What arrived, each as text. */
  arrived(): string[];
  /** What the other side found wrong with what it got. */
  problems(): string[];
  /** None of these may be told to anybody. */
  secrets: readonly string[];
  close(): Promise<void>;
}

const key = 'train-20260110-000001/NotifyFailure/1/notify_channel_training_failed';

/** Longer than a healthy answer takes on a machine under load; and as long as one is waited for that never comes. */
const patientMs = 20_000;
const impatientMs = 3_000;

/** What every channel promises; `open` is told how long to wait for an answer. `after`: what it knows of a message whose answer was lost. */
export function notifierSuite(
  name: string,
  open: (timeoutMs: number) => Promise<NotifierUnderTest>,
  traits: { hasId: boolean; after: 'sent' | 'send_again' | 'unknown' },
): void {
  describe(`${name} as a notifier`, () => {
    let at: NotifierUnderTest;
    beforeEach(async () => {
      at = await open(patientMs);
    });
    afterEach(() => at.close());

    test('delivers a message with its title, its facts and where to answer', async () => {
      const sent = await at.notifier.send({ key, notice: plainNotice });
      expect(sent).toMatchObject({ status: 'sent', remark: null });
      expect(sent.status === 'sent' && sent.id !== null).toBe(traits.hasId);
      expect(at.problems()).toEqual([]);
      expect(at.arrived()).toHaveLength(1);
      for (const part of ['Training did not lead', '段取り', 'churn', 'tracker.example/issues/7']) {
        expect(at.arrived()[0]).toContain(part);
      }
    });

    test('delivers a hostile and endless message as what the other side allows', async () => {
      expect(await at.notifier.send({ key, notice: hostileNotice })).toMatchObject({ status: 'sent' });
      expect(at.problems()).toEqual([]);
      expect(at.arrived()[0]).toContain('reversed');
      expect(at.arrived()[0]).not.toMatch(/\u202E|\u200B|\\u202e/);
    });

    test('says that a refusal is one for good', async () => {
      at.setMode('refuse');
      expect(await at.notifier.send({ key, notice: plainNotice })).toMatchObject({ status: 'refused', again: false });
    });

    test('says that another try may help when the other side is busy', async () => {
      at.setMode('busy');
      expect(await at.notifier.send({ key, notice: plainNotice })).toMatchObject({ status: 'refused', again: true });
    });

    test('says that nothing was sent when nobody listens', async () => {
      await at.stop();
      expect(await at.notifier.send({ key, notice: plainNotice })).toMatchObject({ status: 'refused', again: true });
    });

    test.each(['lose', 'hang', 'cut'] as const)(
      'knows that it does not know when the answer is lost: %s',
      async (mode) => {
        if (mode === 'hang') {
          await at.close();
          at = await open(impatientMs);
        }
        at.setMode(mode);
        const { status } = await at.notifier.send({ key, notice: plainNotice });
        expect(status).toBe('lost');
        expect(at.arrived()).toHaveLength(1);
        at.setMode('ok');
        expect((await at.notifier.find({ key })).status).toBe(traits.after);
      },
    );

    test.each(['busy', 'lose'] as const)('says why in the language of the message: %s', async (mode) => {
      at.setMode(mode);
      const told = await at.notifier.send({ key, notice: { ...plainNotice, language: 'ja' } });
      expect(told).toMatchObject({ reason: expect.stringMatching(/[ぁ-ん]|メール/) });
    });

    test.each(['refuse', 'busy', 'lose'] as const)('tells no secret: %s', async (mode) => {
      at.setMode(mode);
      const told = JSON.stringify([await at.notifier.send({ key, notice: plainNotice }), at.notifier.target()]);
      expect(at.secrets.filter((secret) => told.includes(secret))).toEqual([]);
    });
  });
}
