import { z } from 'zod';
import { type HttpStandIn, type Said, standIn } from './http-stand-in.js';

/** As PagerDuty's own description of the Events API v2 has it, with the limits of its documentation. */
const event = z
  .strictObject({
    routing_key: z.string().length(32, "Length of 'routing_key' is incorrect (should be 32 characters)"),
    event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
    dedup_key: z.string().min(1).max(255),
    client: z.string().optional(),
    client_url: z.url().optional(),
    links: z.array(z.strictObject({ href: z.url(), text: z.string().optional() })).optional(),
    payload: z
      .strictObject({
        summary: z.string().min(1).max(1024),
        severity: z.enum(['critical', 'error', 'warning', 'info']),
        source: z.string().min(1),
        component: z.string().optional(),
        group: z.string().optional(),
        class: z.string().optional(),
        custom_details: z.record(z.string(), z.string()).optional(),
      })
      .optional(),
  })
  .refine(({ event_action: action, payload }) => action !== 'trigger' || payload !== undefined, "'payload' is missing");

export type PagerDutyEvent = z.infer<typeof event>;

export interface PagerDutyStandIn extends HttpStandIn {
  routingKey: string;
  /** Every event that was taken, repeated ones too. */
  events: PagerDutyEvent[];
  problems: string[];
  /** Alerts that are open, by `dedup_key`: one for all events of the same key. */
  open: Map<string, PagerDutyEvent>;
}

/** PagerDuty as far as Dandori uses it: `POST /v2/enqueue`. */
export async function startPagerDuty(port = 0): Promise<PagerDutyStandIn> {
  const say = (status: number, body: object): Said => ({ status, body: JSON.stringify(body) });
  const server = await standIn(({ path, json }, mode) => {
    if (path !== '/v2/enqueue') return say(404, { status: 'not found', message: path });
    if (mode === 'refuse') return say(400, { status: 'invalid event', message: 'Event object is invalid', errors: [] });
    if (mode === 'busy')
      return { ...say(429, { status: 'throttle exceeded', message: 'later' }), headers: { 'retry-after': '1' } };
    const parsed = event.safeParse(json);
    if (!parsed.success || parsed.data.routing_key !== pagerDuty.routingKey) {
      pagerDuty.problems.push(parsed.success ? 'another routing key' : z.prettifyError(parsed.error));
      return say(400, { status: 'invalid event', message: 'Event object is invalid', errors: pagerDuty.problems });
    }
    const { dedup_key: key, event_action: action } = parsed.data;
    pagerDuty.events.push(parsed.data);
    if (action === 'resolve') pagerDuty.open.delete(key);
    else if (!pagerDuty.open.has(key)) pagerDuty.open.set(key, parsed.data);
    return say(202, { status: 'success', message: 'Event processed', dedup_key: key });
  }, port);
  const pagerDuty: PagerDutyStandIn = Object.assign(server, {
    routingKey: 'R0STANDIN'.padEnd(32, 'x'),
    events: [],
    problems: [],
    open: new Map<string, PagerDutyEvent>(),
  });
  return pagerDuty;
}
