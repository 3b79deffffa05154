import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../history/chain.js';
import { historyRecord, type HistoryRecordInput } from '../../history/record.js';
import { answerMark } from '../shared/folded-comment.js';
import { markerOf } from '../shared/marked-comment.js';
import { fakeContext, fakePorts } from '../testing/fake-ports.js';
import { runOf } from '../testing/fixtures.js';
import { commitTrainingHistory } from './commit-training-history.js';
import { createIssueComment } from './create-issue-comment.js';
import { createOptimizationProposal } from './create-optimization-proposal.js';

function setUp() {
  const ports = fakePorts();
  return { ports, context: fakeContext(ports) };
}

describe('create_issue_comment', () => {
  const run = runOf('NotifySuccess');
  const input = { run, issue_number: 7, effect: 'result', body: 'Done.' };

  it('posts once for a run, a state, a visit and an effect', async () => {
    const { ports, context } = setUp();
    const answer = await createIssueComment.handler(input, context);
    expect(answer.created).toBe(true);
    expect(await createIssueComment.handler({ ...input, run: { ...run, attempt: 2 } }, context)).toEqual(answer);
    expect(ports.issues.comments).toHaveLength(1);
    await createIssueComment.handler({ ...input, run: { ...run, visit: 2 } }, context);
    expect(ports.issues.comments).toHaveLength(2);
  });

  it('finds the comment of a try that was killed before it was recorded', async () => {
    const { ports, context } = setUp();
    ports.effects.crashNextComplete();
    await expect(createIssueComment.handler(input, context)).rejects.toThrow(/killed/);
    const answer = await createIssueComment.handler(input, context);
    expect(answer).toMatchObject({ comment_id: '1', created: false });
    expect(ports.issues.comments).toHaveLength(1);
  });

  it("does not take a person's comment for its own", async () => {
    const { ports, context } = setUp();
    ports.effects.crashNextComplete();
    await expect(createIssueComment.handler(input, context)).rejects.toThrow(/killed/);
    const body = ports.issues.comments[0]?.body ?? '';
    ports.issues.comments.splice(0);
    await ports.issues.createComment({ issueNumber: 7, body, author: 'mallory' });
    expect(await createIssueComment.handler(input, context)).toMatchObject({ comment_id: '2', created: true });
  });

  it('edits a living comment instead of posting a new one', async () => {
    const { ports, context } = setUp();
    const status = { ...input, edit_key: 'status' };
    expect(await createIssueComment.handler({ ...status, body: 'one' }, context)).toMatchObject({ created: true });
    expect(
      await createIssueComment.handler({ ...status, run: runOf('TrainModel'), body: 'two' }, context),
    ).toMatchObject({ created: false });
    await createIssueComment.handler({ ...status, body: 'two' }, context);
    expect(ports.issues.comments.map(({ body }) => body)).toEqual([`<!-- dandori:${run.training_id}/status -->\ntwo`]);
  });
});

describe('create_optimization_proposal', () => {
  const proposal = {
    format: 1 as const,
    training_id: 'train-20260110-000001',
    detected_characteristics: {
      learning_type: 'supervised' as const,
      task_type: 'regression' as const,
      algorithms: ['xgboost'],
      dataset_size: 10,
      dataset_size_class: 'small' as const,
      num_features: 2,
      class_distribution: null,
      class_imbalance: false,
      imbalance_ratio: null,
      missing_ratio: null,
      similar_runs: [],
    },
    optimization_proposal: {
      performance_profile: 'balanced' as const,
      phase1_optimizations: { class_imbalance_handling: 'none' as const, data_augmentation: 'disabled' as const },
      phase2_optimizations: {
        hpo_method: 'disabled' as const,
        max_trials: 0,
        cv_folds: 5,
        resource_type: 'cpu' as const,
        instance_type: 'local',
        use_spot_instances: false as const,
      },
      phase3_optimizations: { priority_metrics: ['r2'], bias_check_level: 'none' as const, class_wise_analysis: false },
      phase4_optimizations: { container_optimization: false, inference_optimization: 'onnx' as const },
      phase5_optimizations: { deployment_strategy: 'all_at_once' as const },
      phase6_optimizations: { monitoring_intensity: 'medium' as const, drift_detection_frequency: 'disabled' as const },
      phase7_optimizations: { retrain_frequency: 'disabled' as const },
      items: [],
    },
    estimated_impact: {
      basis: 'no history yet',
      runs: 0,
      training_seconds: null,
      total_seconds: null,
      metric: null,
      cost_usd: null,
      training_time_reduction: null,
      cost_reduction: null,
      accuracy_improvement: null,
    },
  };

  it('writes the document and posts one comment a visit, from either state', async () => {
    const { ports, context } = setUp();
    const input = { run: runOf('OptimizeWorkflow'), issue_number: 7, proposal, body: 'Proposal', folded_title: 'Old' };
    ports.effects.crashNextComplete();
    await expect(createOptimizationProposal.handler(input, context)).rejects.toThrow(/killed/);
    await createOptimizationProposal.handler(input, context);
    const answer = await createOptimizationProposal.handler(
      { ...input, run: runOf('WaitForOptimizationApproval') },
      context,
    );
    expect(answer).toMatchObject({
      proposal_key: 'optimizations/train-20260110-000001/proposal.json',
      comment_id: '1',
    });
    expect(ports.issues.comments).toHaveLength(1);
    expect(JSON.parse(ports.objects.text(answer.proposal_key))).toEqual(proposal);
    const next = { ...proposal, estimated_impact: { ...proposal.estimated_impact, basis: 'another plan' } };
    await createOptimizationProposal.handler({ ...input, run: { ...input.run, visit: 2 }, proposal: next }, context);
    const kept = (visit: number) =>
      JSON.parse(ports.objects.text(`optimizations/train-20260110-000001/proposal-${visit}.json`));
    expect([kept(1), kept(2)]).toEqual([proposal, next]);
    expect(JSON.parse(ports.objects.text(answer.proposal_key))).toEqual(next);
  });

  it('refuses a proposal of another run', async () => {
    const { context } = setUp();
    const run = runOf('OptimizeWorkflow', 'train-another');
    const input = { run, issue_number: 7, proposal, body: 'Proposal', folded_title: 'Old' };
    await expect(createOptimizationProposal.handler(input, context)).rejects.toThrow(/not for train-another/);
  });

  it('folds the proposal that a new one replaces, without how to approve it', async () => {
    const { ports, context } = setUp();
    const { issues } = ports;
    const post = (visit: number, body: string) =>
      createOptimizationProposal.handler(
        {
          run: runOf('OptimizeWorkflow', proposal.training_id, visit),
          issue_number: 7,
          proposal,
          body,
          folded_title: `Replaced by the plan ${visit}`,
        },
        context,
      );
    await post(1, `Plan a\n\n${answerMark}\n/approve`);
    await issues.createComment({ issueNumber: 7, body: issues.comments[0]?.body ?? '', author: 'mallory' });
    await post(2, `Plan b\n\n${answerMark}\n/approve`);
    const marker = markerOf(`${proposal.training_id}/OptimizeWorkflow/1/optimization_proposal`);
    const folded = `${marker}\n<details><summary>Replaced by the plan 2</summary>\n\nPlan a\n\n</details>`;
    const [first, foreign, second] = issues.comments.map(({ body }) => body);
    expect(first).toBe(folded);
    expect(foreign).toContain('/approve');
    expect(second).toContain('/approve');
    // The message of the first plan comes once more.
    await post(1, 'Plan a');
    await post(3, 'Plan c');
    expect(issues.comments.map(({ body }) => body)).toEqual([
      folded,
      foreign,
      expect.stringContaining('<summary>Replaced by the plan 3</summary>\n\nPlan b\n\n</details>'),
      expect.stringContaining('Plan c'),
    ]);
  });
});

describe('commit_training_history', () => {
  const recordOf = (training_id: string, changes: Partial<HistoryRecordInput> = {}) =>
    historyRecord.parse({
      format: 1,
      training_id,
      ending: 'failed',
      reason: 'the trainer was killed',
      requested_by: 'ada',
      model_name: 'churn',
      task_type: 'classification',
      target: 'churn',
      started_at: '2026-01-10T12:00:00Z',
      ended_at: '2026-01-10T12:01:00Z',
      ...changes,
    });
  const input = (trainingId: string, state = 'WriteFailureHistory', visit = 1) => ({
    run: runOf(state, trainingId, visit),
    record: recordOf(trainingId),
    pictures: [
      { key: 'evaluations/t/roc_curve.png', name: 'roc_curve.png', title: 'ROC curve' },
      { key: 'evaluations/t/absent.png', name: 'absent.png', title: 'Not made' },
    ],
  });

  it('commits a chained record with its pictures, once', async () => {
    const { ports, context } = setUp();
    await ports.objects.put({ key: 'evaluations/t/roc_curve.png', body: 'png' });
    const first = await commitTrainingHistory.handler(input('train-first1'), context);
    expect(first).toMatchObject({
      file_path: 'training_history/train-first1.md',
      record_digest: expect.stringMatching(/^sha256:/),
    });
    expect(await commitTrainingHistory.handler(input('train-first1'), context)).toEqual(first);
    await commitTrainingHistory.handler(input('train-second'), context);
    expect(ports.history.commits).toHaveLength(2);
    expect([...ports.history.files.keys()].toSorted()).toEqual([
      'training_history/chain.jsonl',
      'training_history/train-first1.md',
      'training_history/train-first1/roc_curve.png',
      'training_history/train-second.md',
      'training_history/train-second/roc_curve.png',
    ]);
    expect(ports.history.files.get('training_history/train-second.md')).toContain(
      `Previous record: ${first.record_digest}`,
    );
    expect(ports.history.commits[0]?.message).toContain(first.record_digest);
    expect(await verifyChain(ports.history)).toEqual([]);
  });

  it('keeps one chain when runs end at the same time', async () => {
    const { ports, context } = setUp();
    const ids = Array.from({ length: 8 }, (_, index) => `train-aaaaa${index}`);
    await Promise.all(ids.map((id) => commitTrainingHistory.handler(input(id), context)));
    expect(await verifyChain(ports.history)).toEqual([]);
    expect(ports.history.files.get('training_history/chain.jsonl')?.trim().split('\n')).toHaveLength(8);
  });

  it('finds the commit of a try that was killed before it was recorded', async () => {
    const { ports, context } = setUp();
    ports.effects.crashNextComplete();
    await expect(commitTrainingHistory.handler(input('train-first1'), context)).rejects.toThrow(/killed/);
    await commitTrainingHistory.handler(input('train-first1'), context);
    expect(ports.history.commits).toHaveLength(1);
    expect(await verifyChain(ports.history)).toEqual([]);
  });

  it('replaces the record of a run that was run again, and keeps the chain whole', async () => {
    const { ports, context } = setUp();
    await commitTrainingHistory.handler(input('train-first1'), context);
    await commitTrainingHistory.handler(input('train-second'), context);
    const again = {
      ...input('train-first1', 'WriteHistory', 2),
      record: recordOf('train-first1', { ending: 'deployed', reason: null }),
    };
    await commitTrainingHistory.handler(again, context);
    expect(ports.history.files.get('training_history/train-first1.md')).toContain('In service');
    expect(await verifyChain(ports.history)).toEqual([]);
  });

  it('refuses to continue an index that it cannot read, and a record of another run', async () => {
    const { ports, context } = setUp();
    const other = { ...input('train-first1'), record: recordOf('train-second') };
    await expect(commitTrainingHistory.handler(other, context)).rejects.toThrow(/not of train-first1/);
    ports.history.files.set('training_history/chain.jsonl', '{\n');
    await expect(commitTrainingHistory.handler(input('train-first1'), context)).rejects.toThrow(
      /line 1 is not an entry/,
    );
  });
});
