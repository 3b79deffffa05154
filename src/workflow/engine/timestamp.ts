const shape = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since 1970 of an RFC 3339 time stamp (upper-case T and Z), or null where the value is none. */
export function parseTimestamp(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const parts = shape.exec(value);
  if (parts === null) return null;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] = parts;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  // Date rolls 31 February over into March; RFC 3339 has no such day.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}
