import { z } from 'zod';

/** A person's word that the version of a run may serve production; kept in the effect journal, where no client of MCP can write it. */
export const promotionApproval = z.object({
  by: z.string(),
  /** RFC 3339. */
  at: z.string(),
  comment_id: z.string().nullable(),
});
export type PromotionApproval = z.infer<typeof promotionApproval>;

/** Key of the approval: a run makes one version, and it is approved for production once. */
export function promotionKey(trainingId: string): string {
  return `${trainingId}/Succeeded/1/promotion_approved`;
}
