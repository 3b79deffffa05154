/** What an agent says of its task: done, or who is waited for; the worker keeps the token meanwhile. */
export type AgentResult =
  | { kind: 'done'; output: Record<string, unknown> }
  /** The agent is called again with the same input when the job has ended. */
  | { kind: 'wait_for_job'; jobName: string }
  /** The token is answered by a person's command; `question` is what the answer is checked against. */
  | { kind: 'wait_for_person'; question: Record<string, unknown> };
