/** Cause of an execution that a person cancelled, as its history keeps it for programs; people read it in their language. */
export function cancelCause({ by, reason }: { by: string; reason: string }): string {
  return `Cancelled by ${by}: ${reason}`;
}

/** Who cancelled and with what; null when the cause is another one. */
export function readCancelCause(cause: string): { by: string; reason: string } | null {
  const [, by, reason] = /^Cancelled by (.+?): ([^]*)$/.exec(cause) ?? [];
  return by === undefined || reason === undefined ? null : { by, reason };
}
