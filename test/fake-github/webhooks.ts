import { createHmac, randomUUID } from 'node:crypto';
import type { Render } from './render.js';
import type { FakeNews, FakeRepository } from './state.js';

/** One HTTP request that GitHub makes; the same `guid` when it is made again. */
export interface FakeDelivery {
  guid: string;
  event: string;
  action: string;
  headers: Record<string, string>;
  body: string;
}

/** An address, or what stands behind it. */
export type DeliveryTarget =
  string | ((delivery: { headers: Record<string, string>; rawBody: Buffer }) => Promise<{ status: number }>);

/** GitHub's webhook of the repository: signs, delivers, and on command holds back, reorders and delivers again. */
export class FakeWebhooks {
  readonly deliveries: FakeDelivery[] = [];
  /** How each delivery was answered, in the order of the answers. */
  readonly answers: { guid: string; status: number }[] = [];
  readonly #secret: string;
  readonly #pending = new Set<Promise<void>>();
  #target: DeliveryTarget | null = null;
  #held: FakeDelivery[] | null = null;
  #last: Promise<void> = Promise.resolve();

  constructor(secret: string) {
    this.#secret = secret;
  }

  to(target: DeliveryTarget | null): void {
    this.#target = target;
  }

  tell(news: FakeNews, repository: FakeRepository, render: Render): void {
    const comments = [...repository.comments.values()].filter((one) => one.issueNumber === news.issue.number).length;
    const payload = {
      action: news.action,
      issue: render.issue(news.issue, comments),
      ...(news.comment === undefined ? {} : { comment: render.comment(news.comment) }),
      ...(news.label === undefined ? {} : { label: render.label(news.label) }),
      ...(news.changes === undefined ? {} : { changes: news.changes }),
      repository: render.repository(repository.defaultBranch),
      sender: render.user(news.sender),
    };
    this.push(news.event, news.action, JSON.stringify(payload));
  }

  /** Any delivery, signed with the webhook's secret. */
  push(event: string, action: string, body: string): FakeDelivery {
    const guid = randomUUID();
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/fake',
      'x-github-event': event,
      'x-github-delivery': guid,
      'x-hub-signature-256': `sha256=${createHmac('sha256', this.#secret).update(body).digest('hex')}`,
    };
    const delivery = { guid, event, action, headers, body };
    this.deliveries.push(delivery);
    if (this.#held !== null) this.#held.push(delivery);
    else this.#send(delivery);
    return delivery;
  }

  #send(delivery: FakeDelivery): void {
    const sent = this.#last.then(async () => {
      if (this.#target === null) return;
      const { status } = await this.#request(this.#target, delivery).catch(() => ({ status: 0 }));
      this.answers.push({ guid: delivery.guid, status });
    });
    this.#last = sent;
    this.#pending.add(sent);
    void sent.finally(() => this.#pending.delete(sent));
  }

  async #request(target: DeliveryTarget, { headers, body }: FakeDelivery): Promise<{ status: number }> {
    if (typeof target === 'function') return target({ headers, rawBody: Buffer.from(body) });
    return fetch(target, { method: 'POST', headers, body });
  }

  /** Deliveries wait from now on. */
  hold(): void {
    this.#held ??= [];
  }

  /** The waiting deliveries go out, in this order of them. */
  release(order: (held: FakeDelivery[]) => FakeDelivery[] = (held) => held): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const delivery of order(held)) this.#send(delivery);
  }

  /** The same delivery once more, as by the button on GitHub. */
  redeliver(guid: string): void {
    for (const delivery of this.deliveries.filter((one) => one.guid === guid)) this.#send(delivery);
  }

  /** Resolves when every delivery that was sent is answered. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }
}
