import type { HistoryEvent } from '../ports/workflow-engine.js';

/** One event as GetExecutionHistory sends it: the time in seconds since 1970, the details in the member of its type. */
export interface SentEvent {
  timestamp: number;
  type: string;
  id: number;
  previousEventId: number;
  [details: string]: unknown;
}

/** The answer of Step Functions' GetExecutionHistory (API version 2016-11-23), all events on one page. */
export function executionHistory(events: readonly HistoryEvent[]): { events: SentEvent[] } {
  return {
    events: events.map(({ id, previousEventId, type, timestamp, ...details }) => ({
      timestamp: Date.parse(timestamp) / 1000,
      type,
      id,
      previousEventId,
      ...details,
    })),
  };
}

/** An event for people, with the state that it belongs to. */
export interface ToldEvent {
  event: HistoryEvent;
  /** Null before the first state and after the last. */
  state: string | null;
  note: string;
}

type Details = Record<string, unknown>;

function detailsOf(event: HistoryEvent): Details {
  for (const [name, value] of Object.entries(event)) {
    if (name.endsWith('EventDetails') && typeof value === 'object' && value !== null) return value as Details;
  }
  return {};
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `agent training` of a scheduled task: who was sent the message. */
function agentOf(parameters: unknown): string {
  try {
    const sent = JSON.parse(textOf(parameters)) as { MessageBody?: { agent?: unknown; attempt?: unknown } };
    const { agent, attempt } = sent.MessageBody ?? {};
    if (typeof agent !== 'string') return '';
    return `agent ${agent}${typeof attempt === 'number' && attempt > 0 ? `, attempt ${attempt + 1}` : ''}`;
  } catch {
    return '';
  }
}

function noteOf(event: HistoryEvent, details: Details): string {
  if (event.type === 'ExecutionRedriven') return `re-run ${String(details['redriveCount'])}`;
  if (event.type.endsWith('Scheduled')) return agentOf(details['parameters']);
  const said = [textOf(details['error']), textOf(details['cause'])].filter((part) => part !== '');
  return said.join(': ').replaceAll(/\s+/g, ' ');
}

/** The history for people: each event with its state and a few words. */
export function toldHistory(events: readonly HistoryEvent[]): ToldEvent[] {
  let state: string | null = null;
  return events.map((event) => {
    const details = detailsOf(event);
    if (event.type.startsWith('Execution')) state = null;
    if (event.type.endsWith('StateEntered')) state = textOf(details['name']);
    const told = { event, state, note: noteOf(event, details) };
    if (event.type.endsWith('StateExited')) state = null;
    return told;
  });
}
