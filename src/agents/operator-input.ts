import { z } from 'zod';
import { approvedPlan, ask } from '../contracts/execution.js';
import { failure } from '../messages/failures.js';
import { runFailures } from '../messages/run-failures.js';
import { defineAgent } from './agent.js';
import { partsOf, planned } from './inputs.js';
import { notificationOutput } from './notification-output.js';

const operatorInput = planned.extend({
  ask,
  notification: notificationOutput,
  current_retry: z.number().int().min(0),
});

/** Waits for the operator's answer to the question that NotifyOperator posted; it is the approval of a new plan. */
export const operatorInputAgent = defineAgent({
  name: 'operator_input',
  input: operatorInput,
  output: approvedPlan,
  async run(input, { run, now }) {
    const { plan, planHash, approved, request } = partsOf(input);
    const judged = { ...approved, plan_hash: planHash, hyperparameters: request.hyperparameters };
    const { comment_id } = input.notification;
    if (comment_id === null) {
      throw failure('unavailable', runFailures.question({ trainingId: run.training_id }));
    }
    return {
      kind: 'wait_for_person',
      question: {
        kind: 'operator',
        issue_number: input.issue_number,
        plan_hash: planHash,
        plan,
        comment_id,
        asked_at: now().toISOString(),
        current_retry: input.current_retry,
        ask_requested_by: input.ask.requested_by,
        earlier: [...(input.approval.earlier ?? []), judged],
      },
    };
  },
});
