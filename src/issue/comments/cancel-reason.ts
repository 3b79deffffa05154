import type { Language } from '../../contracts/request.js';
import { commentMessages } from '../../messages/comments.js';
import { readCancelCause } from '../../workflow/cancel-cause.js';
import { taskErrors } from '../../workflow/state-machine.js';

/** Who ended a run and with what, for people; null when nobody cancelled it. */
export function cancelReason(
  error: { name: string; cause: string },
  language: Language,
): { by: string; reason: string } | null {
  const found = error.name === taskErrors.cancelled ? readCancelCause(error.cause) : null;
  if (found === null) return null;
  return { by: found.by, reason: commentMessages[language].failure.cancelledBy(found.by, found.reason) };
}
