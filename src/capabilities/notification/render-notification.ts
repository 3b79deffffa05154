import { z } from 'zod';
import type { Language } from '../../contracts/request.js';
import { number } from '../../history/markdown.js';
import { cellText, inlineCode, inlineText } from '../../request/escape.js';
import { catalogue, factNames, type FactName, type NotificationType } from './catalogue.js';

const factValue = z.union([z.string().max(2_000), z.number(), z.null()]);

/** Facts by name; what is null or absent is not shown. */
export const notificationFacts = z.partialRecord(z.enum(factNames), factValue);
export type NotificationFacts = z.infer<typeof notificationFacts>;

/** Shown as code, so that they can be copied: nothing in them is changed by escaping. */
const copied: ReadonlySet<FactName> = new Set([
  'model_name',
  'endpoint_name',
  'training_id',
  'dataset_id',
  'url',
  'report',
]);

function factText(name: FactName, value: string | number): string {
  if (typeof value === 'number') return number(value);
  return copied.has(name) ? inlineCode(value, 500) : cellText(value, 1_000);
}

/** A notification as text: its title, and Markdown with the facts that are known. `message` is foreign text of one line. */
export function renderNotification(params: {
  type: NotificationType;
  language: Language;
  facts: NotificationFacts;
  message: string | null;
}): { title: string; body: string } {
  const words = catalogue[params.language];
  const { title, lead } = words.templates[params.type];
  const facts = factNames.flatMap((name) => {
    const value = params.facts[name];
    return value === null || value === undefined || value === ''
      ? []
      : [`- ${words.facts[name]}: ${factText(name, value)}`];
  });
  const message = params.message === null ? [] : ['', inlineText(params.message, 4_000)];
  const lines = [`## ${title}`, '', lead, ...message, ...(facts.length === 0 ? [] : ['', ...facts])];
  return { title, body: `${lines.join('\n')}\n` };
}
