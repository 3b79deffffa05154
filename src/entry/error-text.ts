import { DandoriError, messageOf } from '../errors.js';
import { createRedactor } from '../redact.js';

const labels = { found: 'Found:  ', allowed: 'Allowed:', next: 'Next:   ' } as const;

/** What is wrong with a setting may name an address with its password. */
const redact = createRedactor();

/** An error for people: what failed, and below it what was found, what is allowed, what to do next. */
export function errorText(error: unknown): string {
  return redact.text(linesOf(error));
}

function linesOf(error: unknown): string {
  if (!(error instanceof DandoriError)) return `Error: ${messageOf(error)}`;
  const lines = [`Error: ${error.what}`];
  for (const name of ['found', 'allowed', 'next'] as const) {
    const text = error.details[name];
    if (text === undefined) continue;
    const [first, ...rest] = text.split('\n');
    lines.push(`  ${labels[name]} ${first ?? ''}`, ...rest.map((line) => `           ${line}`));
  }
  return lines.join('\n');
}
