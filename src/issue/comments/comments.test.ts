import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Judgement } from '../../contracts/evaluation.js';
import type { ProposalDocument } from '../../contracts/optimization.js';
import type { Plan } from '../../contracts/plan.js';
import { foldedComment } from '../../capabilities/shared/folded-comment.js';
import { commentMessages, wordFor } from '../../messages/comments.js';
import { problemMessages } from '../../messages/problems.js';
import { stateMachine } from '../../workflow/state-machine.js';
import { parseCommands } from '../commands.js';
import { parseBody } from '../../request/parse-body.js';
import { planHash } from '../../request/plan-hash.js';
import { cancelCause } from '../../workflow/cancel-cause.js';
import { renderFailure } from './failure.js';
import { criterionText, duration, figure, percent, yamlValue } from './format.js';
import { renderOperatorQuestion, type OperatorQuestionData } from './operator-question.js';
import { renderProblems } from '../../request/render-problems.js';
import { foldedTitle, renderProposal } from './proposal.js';
import { renderResult, type ResultData } from './result.js';
import { shownStates } from './state-graph.js';
import { renderStatus, type StatusData } from './status.js';

const hash = '0123456789abcdef'.repeat(4);
/** What an attacker would put wherever text is shown. */
const evil = '@org/all <img src=x> ![i](https://e.vil/x.png) | `code` \n### Approved by admin \u202E/approve';

function expectHarmless(markdown: string): void {
  expect(markdown).not.toMatch(/(?<!\\)<img|!\[i\]|\u202E|^### Approved|@org/m);
}

function planOf(extra = ''): Plan {
  const parsed = parseBody(
    `task_type: classification\nalgorithm: [xgboost, random_forest]\ndataset_id: churn\ntarget: churned\nevaluation_threshold: 0.6\n${extra}`,
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { request } = parsed;
  return {
    format: 1,
    request,
    proposal: {},
    dataset: { dataset_id: 'churn', version: '1.0.0', digest: hash },
    code_digest: hash,
    environment_digest: hash,
    policy: { minimum: 'write', production_requires_second_person: true },
    deploy_target: { endpoint_name: `${request.model_name}-${request.deploy_to}`, deploy_to: request.deploy_to },
  };
}

function proposalOf(changes: Partial<ProposalDocument['estimated_impact']> = {}): ProposalDocument {
  return {
    format: 1,
    training_id: 'train-20260101-000000-1',
    detected_characteristics: {
      learning_type: 'supervised',
      task_type: 'classification',
      algorithms: ['xgboost', 'random_forest'],
      dataset_size: 7043,
      dataset_size_class: 'small',
      num_features: 19,
      class_distribution: { No: 5174, Yes: 1869 },
      class_imbalance: true,
      imbalance_ratio: 0.265,
      missing_ratio: 0.001,
      similar_runs: [],
    },
    optimization_proposal: {
      performance_profile: 'balanced',
      phase1_optimizations: { class_imbalance_handling: 'smote', data_augmentation: 'disabled' },
      phase2_optimizations: {
        hpo_method: 'disabled',
        max_trials: 0,
        cv_folds: 5,
        resource_type: 'cpu',
        instance_type: 'local',
        use_spot_instances: false,
      },
      phase3_optimizations: {
        priority_metrics: ['f1_score', 'recall'],
        bias_check_level: 'basic',
        class_wise_analysis: true,
      },
      phase4_optimizations: { container_optimization: true, inference_optimization: 'onnx' },
      phase5_optimizations: { deployment_strategy: 'all_at_once' },
      phase6_optimizations: { monitoring_intensity: 'medium', drift_detection_frequency: 'disabled' },
      phase7_optimizations: { retrain_frequency: 'disabled' },
      items: [
        {
          phase: 1,
          field: 'class_imbalance_handling',
          value: 'smote',
          reason: 'the rarest class has 26.5 % of the rows',
          source: 'data',
          available: true,
        },
        {
          phase: 2,
          field: 'hpo_method',
          value: 'disabled',
          reason: 'searches come later',
          source: 'default',
          available: false,
        },
        {
          phase: 3,
          field: 'priority_metrics',
          value: ['f1_score', 'recall'],
          reason: evil,
          source: 'profile',
          available: true,
        },
      ],
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
      ...changes,
    },
  };
}

const judgement: Judgement = {
  decision: 'retrain',
  next_action: 'ask_operator',
  message: 'f1_score 0.55 is below 0.6.',
  criteria: [
    { name: 'f1_score', value: 0.55123, required: '>= 0.6', verdict: 'miss', note: '' },
    { name: 'overfit_gap', value: null, required: '< 0.1', verdict: 'not_checked', note: evil },
  ],
};

const languages = ['en', 'ja'] as const;

describe('renderProposal', () => {
  test('shows what was seen, every item with its reason, the plan with its whole hash, and how to approve', () => {
    const text = renderProposal({ proposal: proposalOf(), plan: planOf(), plan_hash: hash, pre_approval: null });
    for (const part of [
      '## Workflow optimization proposal',
      '7,043 rows (small)',
      '26.5 %',
      'churn@1.0.0',
      '`smote`',
      'the rarest class has',
      '➖',
      'no history yet',
      `\`${hash}\``,
      '`f1_score >= 0.6`',
      '`/approve`',
      '30 days',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/Expected\*\*\n|Training time|%\s*(shorter|reduction)/);
    // By this form the terminal knows what is not there yet (withoutPlanned).
    expect(text).toMatch(/^ {3}- ➖ `\w+`: /m);
    expectHarmless(text);
  });

  test('shows the rows of each class, of many classes the most frequent', () => {
    const proposal = proposalOf();
    const shown = (class_distribution: Record<string, number>) => {
      const detected_characteristics = { ...proposal.detected_characteristics, class_distribution };
      const document = { ...proposal, detected_characteristics };
      return renderProposal({ proposal: document, plan: planOf(), plan_hash: hash, pre_approval: null });
    };
    expect(shown({ Yes: 1869, No: 5174 })).toContain('- Classes: `No` 5,174, `Yes` 1,869\n');
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`c${index}`, 100 - index]));
    expect(shown(many)).toMatch(/- Classes: `c0` 100, .*`c9` 91, 2 more\n/);
    expectHarmless(shown({ [evil]: 3, No: 4 }));
  });

  test('shows figures only with what they rest on', () => {
    const proposal = proposalOf({
      basis: '3 finished runs',
      runs: 3,
      training_seconds: { median: 61, low: 50, high: 80.5 },
      total_seconds: { median: 90, low: 70, high: 3700 },
      cost_usd: { median: 0.00042, low: 0, high: 0.5 },
      metric: { name: 'f1_score', value: { median: 0.61, low: 0.6, high: 0.62 } },
      cost_reduction: '5%',
    });
    const text = renderProposal({ proposal, plan: planOf(), plan_hash: hash, pre_approval: null });
    for (const part of [
      '1 min 1 s (50 s to 1 min 21 s)',
      '1 h 2 min',
      '$0.00042 ($0.00 to $0.50)',
      '0.61 (0.6 to 0.62)',
      '3 finished runs',
      '5%',
    ])
      expect(text).toContain(part);
  });

  test('names no interval where too little was measured', () => {
    const proposal = proposalOf({ runs: 1, training_seconds: { median: 14.6, low: null, high: null } });
    const text = renderProposal({ proposal, plan: planOf(), plan_hash: hash, pre_approval: null });
    expect(text).toMatch(/Training time.*: 14\.6 s \(too few runs for an interval\)/);
  });

  test('says that production needs somebody else, and that an approval came with the request', () => {
    const production = planOf('deploy_to: production');
    expect(renderProposal({ proposal: proposalOf(), plan: production, plan_hash: hash, pre_approval: null })).toContain(
      'somebody other than the requester',
    );
    const approved = renderProposal({
      proposal: proposalOf(),
      plan: production,
      plan_hash: hash,
      pre_approval: { by: 'mia @all' },
    });
    expect(approved).toContain('Approved by mia @&#8203;all');
    expect(approved).not.toContain('👍');
  });

  test("speaks the documents' Japanese", () => {
    const plan = planOf('language: ja\nhyperparameters: {xgboost: {max_depth: 3}}');
    const text = renderProposal({ proposal: proposalOf(), plan, plan_hash: hash, pre_approval: null });
    for (const part of [
      '## ワークフロー最適化提案',
      '**検出されたモデル特性**',
      '教師あり学習 (分類)',
      'フェーズ1（データ前処理）',
      '**最適化プロファイル**: バランスモード',
      '**予測される改善効果**',
      '`xgboost: max_depth=3`',
    ]) {
      expect(text).toContain(part);
    }
  });

  test.each(languages)('shows in %s all that the hash is made from, folded', (language) => {
    const plan = planOf(`language: ${language}\nseed: 7\n`);
    const text = renderProposal({ proposal: proposalOf(), plan, plan_hash: hash, pre_approval: null });
    const [, inside = ''] =
      /<details><summary>[^<]+<\/summary>\n\n```yaml\n([^]*?)\n```\n\n<\/details>\n/.exec(text) ?? [];
    expect(parse(inside)).toEqual(plan);
    expect(planHash(parse(inside) as Plan)).toBe(planHash(plan));
  });

  test('cuts a plan that would fill the comment', () => {
    const columns = Array.from({ length: 2_000 }, (_, index) => `column_${index}`);
    const plan = planOf(`features: {exclude: ${JSON.stringify(columns)}}\n`);
    const text = renderProposal({ proposal: proposalOf(), plan, plan_hash: hash, pre_approval: null });
    expect(text.length).toBeLessThan(25_000);
    expect(text).toMatch(/column_\d+\n```\n\nIt goes on: `npx dandori show ID --json`/);
    expect(text).toMatch(/\*\*To start/);
  });

  test('is folded without how to approve it', () => {
    const plan = planOf();
    const text = renderProposal({ proposal: proposalOf(), plan, plan_hash: hash, pre_approval: null });
    const folded = foldedComment(text, foldedTitle(plan, 'f'.repeat(64)));
    expect(folded).toMatch(
      /^<details><summary>Replaced by the plan <code>ffffffffffff<\/code><\/summary>\n\n## Workflow/,
    );
    expect(folded).toContain(`\`${hash}\``);
    expect(folded).not.toMatch(/👍|`\/approve`|30 days/);
  });

  test('a regression has no classes', () => {
    const proposal = proposalOf();
    proposal.detected_characteristics = {
      ...proposal.detected_characteristics,
      task_type: 'regression',
      algorithms: [],
      imbalance_ratio: null,
      class_imbalance: false,
    };
    const text = renderProposal({ proposal, plan: planOf(), plan_hash: hash, pre_approval: null });
    expect(text).not.toContain('Class imbalance');
    proposal.detected_characteristics.imbalance_ratio = 0.5;
    expect(renderProposal({ proposal, plan: planOf(), plan_hash: hash, pre_approval: null })).toContain(
      'none (rarest class 50 %)',
    );
  });
});

describe('channels beside the issue', () => {
  const proposal = { proposal: proposalOf(), plan: planOf(), plan_hash: hash, pre_approval: null };

  test('are named in the proposal when a message did not arrive, and no foreign text comes out of it', () => {
    const text = renderProposal({ ...proposal, troubles: [`Slack: not delivered: ${evil}`] });
    expect(text).toContain('- ⚠️ Slack: not delivered: ');
    expectHarmless(text);
    expect(renderProposal(proposal)).not.toContain('not delivered');
  });

  test('have a line in the comment of a failure, and no foreign text comes out of it', () => {
    const failed = {
      training_id: 'train-20260101-000000-1',
      model_name: 'churn',
      error: { name: 'Dandori.Internal', cause: 'no' },
      ended_in_state: null,
      judgement: null,
      kept_version: null,
      report: null,
      language: 'en' as const,
    };
    const text = renderFailure({ ...failed, troubles: [`Slack: not delivered: ${evil}`] });
    expect(text).toMatch(/\*\*Not everything worked\*\*\n\n- Slack: not delivered: /);
    expectHarmless(text);
    expect(renderFailure(failed)).not.toContain('Not everything worked');
  });
});

describe('renderStatus', () => {
  const base: StatusData = {
    training_id: 'train-20260101-000000-1',
    model_name: 'churn',
    status: 'running',
    current_state: 'TrainModel',
    states: [
      { state: 'OptimizeWorkflow', status: 'succeeded', attempts: 1, duration_ms: 900 },
      { state: 'ApprovalSwitch', status: 'succeeded', attempts: 0, duration_ms: 0 },
      { state: 'TrainModel', status: 'succeeded', attempts: 2, duration_ms: 61_000 },
      { state: 'WaitForOperatorInput', status: 'succeeded', attempts: 1, duration_ms: 3 * 86_400_000 },
      { state: 'TrainModel', status: 'running', attempts: 1, duration_ms: null },
    ],
    job: { phase: 'cross_validation', progress_percent: 42.4, metrics: { f1_score: 0.61234 } },
    plan_hash: hash,
    error: null,
    language: 'en',
  };

  test('shows the graph with the current state, the progress, the live metric and the steps', () => {
    const text = renderStatus(base);
    for (const part of [
      '▶️ running',
      '`████████░░░░░░░░░░░░` 42 %',
      'cross_validation',
      '`f1_score` 0.6123',
      'class TrainModel current',
      '`0123456789ab`',
      '| Train | ✅ done | 1 min 1 s | 2 |',
      '| Train (visit 2) | ▶️ now | - | 1 |',
      '3 d',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('ApprovalSwitch');
    expect(text).toMatch(/class OptimizeWorkflow,WaitForOperatorInput done/);
  });

  test.each([
    ['WaitForOptimizationApproval', '👍'],
    ['WaitForOperatorInput', '`/retry`'],
  ])('says what %s waits for', (state, hint) => {
    expect(renderStatus({ ...base, status: 'waiting', current_state: state, job: null })).toContain(hint);
  });

  test('shows why it failed, and no current state after the end', () => {
    const text = renderStatus({
      ...base,
      status: 'failed',
      job: { phase: null, progress_percent: null, metrics: {} },
      current_state: 'TrainingFailed',
      states: [{ state: 'TrainModel', status: 'failed', attempts: 1, duration_ms: 5 }],
      error: { name: 'Dandori.JobFailed', cause: evil },
    });
    expect(text).toContain('class TrainModel failed');
    expect(text).not.toContain('current');
    expectHarmless(text);
  });

  test.each([
    ['States.HeartbeatTimeout', 'TrainModel', '- Reason: States.HeartbeatTimeout\n'],
    ['States.Timeout', 'TrainModel', '- Reason: The step TrainModel took longer than it may.\n'],
    ['States.Timeout', 'WaitForOptimizationApproval', '- Reason: Nobody approved the plan within 30 days'],
  ])('says why it ended without a cause: %s of %s', (name, state, reason) => {
    const failed = (one: string) => ({ state: one, status: 'failed' as const, attempts: 1, duration_ms: 5 });
    const states = [failed(state), failed('TrainingFailed')];
    const text = renderStatus({ ...base, status: 'failed', job: null, states, error: { name, cause: '' } });
    expect(text).toContain(reason);
  });

  test('draws the cancelled ending when the run came to it', () => {
    const text = renderStatus({
      ...base,
      status: 'cancelled',
      job: null,
      states: [{ state: 'NotifyCancelled', status: 'succeeded', attempts: 1, duration_ms: 5 }],
    });
    expect(text).toContain('WriteCancelHistory --> NotifyCancelled');
    expect(text).not.toMatch(/RollbackModel|PackageModel|NotifyOperator/);
  });

  test.each([
    ['en', null, 2, /: 🔁 replaced\n[^]*- Version 1\.0\.0 was replaced by 1\.1\.0 of #2\./],
    ['en', null, null, /- Version 1\.0\.0 was replaced by 1\.1\.0\.\n/],
    ['en', { by: null }, 2, /: ↩️ rolled back\n[^]*- Version 1\.0\.0 was rolled back to 1\.1\.0\.\n/],
    ['ja', { by: evil }, 2, /↩️ ロールバック済み\n[^]*1\.0\.0 は .* により 1\.1\.0 にロールバック/],
    ['ja', null, 2, /🔁 置き換え済み\n[^]*1\.0\.0 は 1\.1\.0（#2） に置き換えられました/],
  ] as const)(
    'tells in %s what became of the version: rolled back %j, issue %s',
    (language, rolled_back, issue, want) => {
      const fate = { version: '1.0.0', replaced_by: '1.1.0', issue_number: issue, rolled_back };
      const text = renderStatus({ ...base, status: 'in_service', current_state: null, job: null, language, fate });
      expect(text).toMatch(want);
      expect(text).not.toContain('✅ in service');
      expectHarmless(text);
    },
  );

  test('draws the question to the operator from the moment at which it is asked', () => {
    const judged = { state: 'JudgeResults', status: 'succeeded' as const, attempts: 1, duration_ms: 5 };
    const before = renderStatus({ ...base, states: [judged] });
    const after = renderStatus({ ...base, states: [judged], current_state: 'NotifyOperator' });
    expect(before).not.toContain('NotifyOperator');
    expect(after).toMatch(/train -- below the threshold --> ask\n[^]*class NotifyOperator current/);
    expect(after).toContain('PackageModel');
  });

  test.each([
    ['en', '- Reason: Cancelled by ken: /cancel'],
    ['ja', '- 理由: ken がキャンセルしました（/cancel）'],
  ] as const)('says who cancelled in the language of the request: %s', (language, line) => {
    const error = { name: 'Dandori.Cancelled', cause: cancelCause({ by: 'ken', reason: '/cancel' }) };
    expect(renderStatus({ ...base, status: 'cancelled', job: null, error, language })).toContain(line);
  });

  test('is short before anything happened', () => {
    const text = renderStatus({ ...base, current_state: null, states: [], job: null, plan_hash: null });
    expect(text).not.toContain('| Step |');
    expect(text).toContain('flowchart');
  });

  test('stays far below the limit of a comment however often it retries', () => {
    const states = Array.from({ length: 120 }, () => ({
      state: 'TrainModel',
      status: 'succeeded' as const,
      attempts: 1,
      duration_ms: 1,
    }));
    expect(renderStatus({ ...base, states }).length).toBeLessThan(60_000);
  });

  test('knows every state of the workflow that does something', () => {
    const tasks = Object.entries(stateMachine.States).flatMap(([name, state]) =>
      state['Type'] === 'Task' ? [name] : [],
    );
    expect([...shownStates].sort()).toEqual(tasks.sort());
    for (const language of languages)
      for (const state of tasks) expect(wordFor(commentMessages[language].states, state)).not.toBe(state);
  });
});

describe('renderStatus of a run whose messages did not arrive', () => {
  test('has a line for each channel, and no foreign text comes out of it', () => {
    const lost = {
      channel: 'email',
      notification_type: 'optimization_proposal',
      status: 'unknown',
      reason: evil,
    } as const;
    const text = renderStatus({
      training_id: 'train-20260101-000000-1',
      model_name: 'churn',
      status: 'running',
      current_state: 'TrainModel',
      states: [],
      job: null,
      plan_hash: null,
      error: null,
      language: 'en',
      notifications: [lost, { ...lost, channel: 'slack', status: 'success', reason: null }],
    });
    expect(text).toContain('- ⚠️ Email: perhaps not delivered (proposal)');
    expect(text).not.toContain('Slack');
    expectHarmless(text);
  });
});

describe('renderOperatorQuestion', () => {
  const data: OperatorQuestionData = {
    training_id: 'train-20260101-000000-1',
    judgement,
    current_retry: 1,
    max_retry: 3,
    algorithms: ['xgboost'],
    hyperparameters: { xgboost: { max_depth: 5, tree_method: 'hist', label: 'yes' } },
    language: 'en',
  };

  /** The example as a person would paste it. */
  function example(text: string): string {
    return /````text\n([\s\S]*?)\n````/.exec(text)?.[1] ?? '';
  }

  test('shows the verdict, what is set and an answer that works', () => {
    const text = renderOperatorQuestion(data);
    for (const part of [
      '| `f1_score` | 0.5512 | >= 0.6 | ⚠️ missed |',
      'Retry 2 of 3',
      '`xgboost: max_depth=5, tree_method=hist, label="yes"`',
    ])
      expect(text).toContain(part);
    expect(parseCommands(example(text))).toMatchObject({
      problem: null,
      command: {
        name: 'retry',
        data: { adjusted_hyperparameters: { max_depth: 5, tree_method: 'hist', label: 'yes' } },
      },
    });
    expectHarmless(text);
  });

  test.each<[string[], OperatorQuestionData['hyperparameters'], object]>([
    [['random_forest'], {}, { n_estimators: 300 }],
    [['xgboost', 'random_forest'], {}, { xgboost: { num_round: 300 } }],
    [['xgboost', 'random_forest'], { xgboost: { eta: 0.1 } }, { xgboost: { eta: 0.1 } }],
    [[], { training_script: { rate: 0.1 } }, { rate: 0.1 }],
    [[], {}, { seed: 1 }],
  ])('gives an example for %j with %j', (algorithms, hyperparameters, expected) => {
    const text = renderOperatorQuestion({ ...data, algorithms, hyperparameters, language: 'ja' });
    expect(parseCommands(example(text)).command).toMatchObject({ data: { adjusted_hyperparameters: expected } });
    if (Object.keys(hyperparameters).length === 0) expect(text).toContain('既定値');
  });
});

describe('renderResult', () => {
  const data: ResultData = {
    training_id: 'train-20260101-000000-1',
    model_name: 'churn',
    version: '1.1.0',
    previous_version: '1.0.0',
    judgement: { ...judgement, decision: 'pass', next_action: 'register_model', message: 'every criterion is met' },
    evaluation: {
      rows: 1000,
      comparison: {
        previous_version: '1.0.0',
        metrics: {
          f1_score: { previous: 0.6, current: 0.62, difference: 0.02 },
          recall: { previous: 0.7, current: 0.6, difference: -0.1 },
          auc_roc: { previous: null, current: 0.8, difference: null },
        },
        agreement: 0.9,
      },
    },
    pictures: [],
    endpoint: {
      endpoint_name: 'churn-staging',
      invocation_url: 'http://127.0.0.1:7070/endpoints/churn-staging/invocations',
      curl: 'curl -s http://127.0.0.1:7070/x -d \'{"a":"it\\\\\'s"}\'',
    },
    report: { file_path: 'training_history/train-1.md', commit_sha: 'abcdef0123456789', commit_url: 'file:///x' },
    candidates: [
      { algorithm: 'xgboost', metric: 'f1_score', mean: 0.61, std: 0.02, train_seconds: 1.5 },
      { algorithm: 'random_forest', metric: 'f1_score', mean: null, std: null, train_seconds: 0.1 },
    ],
    resources: { instance_type: 'local', training_seconds: 4, peak_memory_mb: 237.4, estimated_cost_usd: 0.5 },
    impact: null,
    troubles: [],
    language: 'en',
  };

  test('says the verdict once, in its first line and the table', () => {
    const message = 'It meets the threshold.\nF1-Score 0.6: pass\nNext: the model is registered.';
    const text = renderResult({ ...data, judgement: { ...data.judgement, message } });
    expect(text).toContain('\nIt meets the threshold.\n');
    expect(text).not.toContain('Next: the model');
  });

  test.each([
    ['https://github.com/o/r/blob/abc/training_history/train-1.md', true],
    ['file:///state/history/training_history/train-1.md', false],
  ])('shows the two first pictures of a record at %s: %s', (commit_url, shown) => {
    const pictures = ['confusion_matrix', 'roc_curve', 'learning_curve'].map((name) => ({
      name,
      title: `The ${name} ${evil}`,
    }));
    const report = { file_path: 'training_history/train-1.md', commit_sha: 'abc', commit_url };
    const text = renderResult({ ...data, pictures, report });
    const found = [...text.matchAll(/\(<([^>]+)\.png\?raw=true>\)/g)].map((match) => match[1]);
    const folder = 'https://github.com/o/r/blob/abc/training_history/train-1';
    expect(found).toEqual(shown ? [`${folder}/confusion_matrix`, `${folder}/roc_curve`] : []);
    expectHarmless(text);
  });

  test('shows the verdict, the version, the endpoint, a line to paste and where the report is', () => {
    const text = renderResult(data);
    expect(text).toContain('| `xgboost` ✅ | 0.61 ± 0.02 | 1.5 s |');
    expect(text).toContain('| `random_forest` | failed | 100 ms |');
    for (const part of [
      '## ✅ churn 1.1.0 is in service',
      data.endpoint.curl,
      '`churn-staging`',
      '`training_history/train-1.md`',
      '`abcdef012345`',
      '| `f1_score` | 0.6 | 0.62 | +0.02 |',
      '| `recall` | 0.7 | 0.6 | -0.1 |',
      '| `auc_roc` | - | 0.8 | - |',
      '- Training job: local · 4.0 s · at most 237 MB of memory · about $0.50',
      '`/rollback`',
    ]) {
      expect(text).toContain(part);
    }
  });

  test('sets what was predicted beside what was measured, where there was a prediction', () => {
    const predicted = { median: 4, low: 3, high: 5, runs: 3 };
    const seconds = { name: 'training_seconds', unit: 'seconds', actual: 6.1, within_interval: false } as const;
    const impact = { comparisons: [{ ...seconds, predicted }] };
    expect(renderResult({ ...data, impact })).toContain('| training_seconds | 4 s (3 – 5) | 6.1 s | ❌ |');
    const nothing = { comparisons: [{ ...seconds, predicted: null, within_interval: null }] };
    expect(renderResult({ ...data, impact: nothing })).toBe(renderResult(data));
  });

  test.each([
    [
      'file:///srv/my%20state/history/training_history/train-1.md',
      "`git -C '/srv/my state/history' show abcdef012345`",
    ],
    ['https://example.org/commit/abcdef0123456789', '[`abcdef012345`](<https://example.org/commit/abcdef0123456789>)'],
  ])('leads to the commit of the record at %s', (commit_url, expected) => {
    const report = { file_path: 'training_history/train-1.md', commit_sha: 'abcdef0123456789', commit_url };
    expect(renderResult({ ...data, report })).toContain(expected);
  });

  test('shows no figure of a mape that zeros in the target made', () => {
    const metrics = {
      mape: { previous: 0.2, current: 6.04e14, difference: 6.04e14 },
      mae: { previous: 3e6, current: 2e6, difference: -1e6 },
    };
    const evaluation = { rows: 10, comparison: { previous_version: '1.0.0', metrics, agreement: null } };
    const text = renderResult({ ...data, evaluation });
    expect(text).toMatch(/`mape` \| 0\.2 \| not meaningful: the target has zeros \| not meaningful/);
    expect(text).toContain('| `mae` | 3,000,000 | 2,000,000 | -1,000,000 |');
  });

  test('says what did not work after the deployment, and what is not there', () => {
    const text = renderResult({
      ...data,
      previous_version: null,
      evaluation: null,
      resources: null,
      report: null,
      troubles: [evil],
      language: 'ja',
    });
    expect(text).toContain('最初のバージョン');
    expect(text).toContain('一部の処理に失敗しました');
    expectHarmless(text);
  });
});

describe('the reason of a failure', () => {
  test('is a list when more than one thing is wrong', () => {
    const cause = `The data do not fit.\n- The target "a|b" is no column.\n- ${evil.replace('\n', ' ')}\n Next: mend them.`;
    const text = renderFailure({
      training_id: 'train-20260101-000000-1',
      model_name: 'churn',
      error: { name: 'Dandori.UnusableData', cause },
      ended_in_state: 'OptimizeWorkflow',
      judgement: null,
      kept_version: null,
      report: null,
      language: 'en',
    });
    expect(text).toContain(
      '- Reason: The data do not fit. Next: mend them.\n  - The target "a\\|b" is no column.\n  - @&#8203;org',
    );
    expectHarmless(text);
  });
});

describe('renderFailure', () => {
  const data = {
    training_id: 'train-1',
    model_name: 'churn',
    error: { name: 'Dandori.JobFailed', cause: evil },
    ended_in_state: 'TrainModel',
    judgement,
    kept_version: '1.0.0',
    report: null,
    language: 'en' as const,
  };

  test('says why, what still serves and what to do', () => {
    const text = renderFailure(data);
    for (const part of [
      '❌',
      'Version 1.0.0 goes on serving',
      '`Dandori.JobFailed`',
      '**To try again**',
      '| `f1_score` |',
    ])
      expect(text).toContain(part);
    expectHarmless(text);
  });

  test.each([
    { language: 'en' as const, reason: '- Reason: Cancelled by ken: /cancel' },
    { language: 'ja' as const, reason: '- 理由: ken がキャンセルしました（/cancel）' },
  ])('says who cancelled, in the language of the request: $language', ({ language, reason }) => {
    const error = { name: 'Dandori.Cancelled', cause: cancelCause({ by: 'ken', reason: '/cancel' }) };
    expect(renderFailure({ ...data, error, language })).toContain(reason);
  });

  test.each([
    ['en' as const, '- Failed step: Train (`TrainModel`)'],
    ['ja' as const, '- 失敗したステップ: 学習 (`TrainModel`)'],
  ])('names the step that failed: %s', (language, line) => {
    expect(renderFailure({ ...data, language })).toContain(line);
    expect(renderFailure({ ...data, ended_in_state: null, language })).not.toContain('TrainModel');
    const error = { name: 'Dandori.Cancelled', cause: '' };
    expect(renderFailure({ ...data, error, language })).not.toContain('TrainModel');
  });

  test('tells a verdict without the criteria, which the table below has', () => {
    const message = 'It is below the threshold.\nf1_score 0.5 (>= 0.6): missed\nAll 3 retries are spent.';
    const error = { name: 'Dandori.RetriesSpent', cause: message };
    const text = renderFailure({ ...data, error, judgement: { ...judgement, message } });
    expect(text).toContain('- Reason: It is below the threshold. All 3 retries are spent.\n');
    expect(text).toContain('| `f1_score` |');
  });

  test('a cancelled run is no failure', () => {
    const text = renderFailure({
      ...data,
      error: { name: 'Dandori.Cancelled', cause: '' },
      judgement: null,
      kept_version: null,
      language: 'ja',
    });
    expect(text).toContain('キャンセル');
    expect(text).not.toContain('❌');
    expect(text).toContain('稼働中のバージョンはありません');
  });
});

describe('renderProblems', () => {
  test('is one table, whatever stands in the request', () => {
    const parsed = parseBody(`"${evil.replaceAll('\n', String.raw`\n`)}": 1\ntask_type: "a | b\`c @org/all <img>"\n`);
    const text = renderProblems(parsed.ok ? [] : parsed.problems, 'en');
    expectHarmless(text.replaceAll(/`[^`\n]*`/g, ''));
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    for (const row of rows) expect(row.replaceAll(String.raw`\|`, '').match(/\|/g)).toHaveLength(5);
  });

  test('stops at fifty rows and says how many there are', () => {
    const body = Array.from({ length: 80 }, (_, i) => `unknown_${i}: 1`).join('\n');
    const parsed = parseBody(body);
    const text = renderProblems(parsed.ok ? [] : parsed.problems, 'en');
    expect(text).toMatch(/\.\.\. and \d+ more\./);
    expect(text.length).toBeLessThan(65_000);
  });

  test('one problem is one', () => {
    const parsed = parseBody('');
    expect(renderProblems(parsed.ok ? [] : parsed.problems, 'en', { notes: ['a note'], title: 'Title' })).toMatch(
      /## Title[\s\S]*One thing[\s\S]*- a note/,
    );
  });
});

describe('formatting', () => {
  test.each([
    [0.61234, '0.6123'],
    [1869, '1,869'],
    [12345.678, '12,346'],
    [null, '-'],
    [undefined, '-'],
    [Number.NaN, '-'],
  ])('figure(%s) is %s', (value, text) => expect(figure(value)).toBe(text));

  test.each([
    [null, '-'],
    [-1, '-'],
    [350, '350 ms'],
    [4200, '4.2 s'],
    [59_960, '1 min'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [273_600_000, '3 d 4 h'],
  ])('duration(%s) is %s', (value, text) => expect(duration(value)).toBe(text));

  test('other values', () => {
    expect(percent(0.265)).toBe('26.5 %');
    expect(criterionText({ metric: 'rmse', max: 3 })).toBe('rmse <= 3');
    expect([yamlValue('sqrt'), yamlValue('no'), yamlValue(null), yamlValue([1, 2]), yamlValue('a b')]).toEqual([
      'sqrt',
      '"no"',
      'null',
      '[1,2]',
      '"a b"',
    ]);
  });
});

describe('the catalogue', () => {
  const shape = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shape(member)]))
      : typeof value;

  test('says everything in both languages', () => {
    expect(shape(commentMessages.ja)).toEqual(shape(commentMessages.en));
    expect(shape(problemMessages.ja)).toEqual(shape(problemMessages.en));
  });

  test('has no empty text', () => {
    const texts = (value: unknown): string[] =>
      typeof value === 'string'
        ? [value]
        : typeof value === 'object' && value !== null
          ? Object.values(value).flatMap(texts)
          : [];
    for (const language of languages)
      expect(
        [...texts(commentMessages[language]), ...texts(problemMessages[language])].filter((text) => text === ''),
      ).toEqual([]);
  });

  test('every text that is made of parts shows them', () => {
    const call = (value: unknown): string[] =>
      typeof value === 'function'
        ? [String((value as (...args: unknown[]) => unknown)('a', 'b', 'c'))]
        : typeof value === 'object' && value !== null
          ? Object.values(value).flatMap(call)
          : [];
    for (const language of languages)
      expect(call(commentMessages[language]).filter((text) => text.includes('undefined'))).toEqual([]);
  });
});
