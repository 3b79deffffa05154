/** Channels beside the issue. */
export const notifierChannels = ['slack', 'email', 'pagerduty'] as const;
export type NotifierChannel = (typeof notifierChannels)[number];

export type Severity = 'critical' | 'error' | 'warning' | 'info';

/** What is told, in one language; each channel gives it its own form. Foreign text may be in `message` and in the facts' values. */
export interface Notice {
  /** Kind of message, e.g. `deployment_failed`. */
  type: string;
  severity: Severity;
  /** What it is about: the name of a model, or of Dandori. */
  subject: string;
  title: string;
  /** Our own words; what stands between backticks is code. */
  lead: string;
  message: string | null;
  facts: readonly { label: string; value: string }[];
  /** Where it is answered; `url` null: there is no page of it. */
  link: { text: string; url: string | null } | null;
  /** Last line: who sends this. */
  footer: string;
  language: 'en' | 'ja';
}

/** What became of one try to send. Reasons hold no secret. */
export type Delivery =
  /** Taken over by the other side; `remark`: what it did not take. */
  | { status: 'sent'; id: string | null; remark: string | null }
  /** Certainly not sent; `again`: another try may help, after `retryAfterMs` where the other side named a time. */
  | { status: 'refused'; reason: string; again: boolean; retryAfterMs: number | null }
  /** It went out and no answer came back. */
  | { status: 'lost'; reason: string };

/** What the other side knows of a message; `send_again`: it is not there, or a second one does no harm. */
export type Search = { status: 'sent'; id: string | null } | { status: 'send_again' } | { status: 'unknown' };

/** One channel for messages to people beside the issue: Slack, email, PagerDuty (the same code on this machine and on AWS). */
export interface Notifier {
  /** Tries once to send; never rejects for what the other side does. */
  send(params: { key: string; notice: Notice }): Promise<Delivery>;
  /** Asks after a message whose sending was lost, or cut off with the process. */
  find(params: { key: string }): Promise<Search>;
  /** Where the messages go, for people; no secret. */
  target(): string;
}

/** A channel whose messages open alerts, which somebody must close. */
export interface AlertNotifier extends Notifier {
  /** Closes the alert that `send` opened under this key; one that is closed, or was never there, stays so. */
  resolve(params: { key: string }): Promise<Delivery>;
}

/** How long a channel that refuses is tried: an agent waits for it, and nothing must wait for long. */
export interface Patience {
  tries: number;
  /** Before the second try; three times as long before each further one. */
  firstPauseMs: number;
  /** Longest time for all tries; a refusal that asks for more is the last one. */
  budgetMs: number;
  /** After a lost answer: the other side may still be taking the message in. */
  settleMs: number;
}

/** The channels; null: not set up here. */
export interface Notifiers {
  slack: Notifier | null;
  email: Notifier | null;
  pagerduty: AlertNotifier | null;
  /** Default: four tries within half a minute. */
  patience?: Patience;
}
