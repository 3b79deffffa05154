import { z } from 'zod';

/** Field names of the documents (section 4.12). */
export const historyOutput = z.object({ commit_sha: z.string(), file_path: z.string(), commit_url: z.string() });
