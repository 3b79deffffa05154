/**
 * The one definition of the workflow, in Amazon States Language (JSONPath, no variables), run by the embedded engine and by
 * Step Functions alike. `${TaskQueueUrl}` is the only thing that is substituted. Every task is a message with a token: whoever
 * works answers the token when the work is done, which may be days later.
 */

const resource = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken';

/** A person has this long to answer before a proposal or a question expires: 30 days, in seconds. */
const answerWithinSeconds = 30 * 24 * 3600;

/** Who holds a task says so at least this often. */
const heartbeatSeconds = 300;

/** Errors by which our workers fail a token; the state machine tells them apart. */
export const taskErrors = {
  cancelled: 'Dandori.Cancelled',
  transient: 'Dandori.Transient',
  retriesSpent: 'Dandori.RetriesSpent',
  evaluationFailed: 'Dandori.EvaluationFailed',
} as const;

type State = Record<string, unknown>;
interface TaskOptions {
  agent: string;
  /** The agent's input, built from the execution's data. */
  input: Record<string, string>;
  result: string;
  next: string;
  /** Where a failure leads; a cancelled run goes to its own ending unless `cancellable` is false. */
  onError: string;
  errorPath?: string;
  cancellable?: boolean;
  timeoutSeconds?: number;
  /** False for waits for people: nobody beats for days. */
  heartbeat?: boolean;
}

function task(name: string, options: TaskOptions): State {
  const cancel = [{ ErrorEquals: [taskErrors.cancelled], ResultPath: '$.error', Next: 'WriteCancelHistory' }];
  return {
    Type: 'Task',
    Resource: resource,
    Parameters: {
      QueueUrl: '${TaskQueueUrl}',
      MessageBody: {
        agent: options.agent,
        state: name,
        'training_id.$': '$.training_id',
        'visit.$': '$.counters.visit',
        'attempt.$': '$$.State.RetryCount',
        'redrive_count.$': '$$.Execution.RedriveCount',
        'task_token.$': '$$.Task.Token',
        input: options.input,
      },
    },
    ResultPath: options.result,
    TimeoutSeconds: options.timeoutSeconds ?? 7 * 24 * 3600,
    ...(options.heartbeat === false ? {} : { HeartbeatSeconds: heartbeatSeconds }),
    Retry: [
      { ErrorEquals: [taskErrors.transient], IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 3, MaxDelaySeconds: 60 },
    ],
    Catch: [
      ...(options.cancellable === false ? [] : cancel),
      { ErrorEquals: ['States.ALL'], ResultPath: options.errorPath ?? '$.error', Next: options.onError },
    ],
    Next: options.next,
  };
}

const issue = { 'issue_number.$': '$.issue_number', 'ask.$': '$.ask' };
const plan = { 'issue_number.$': '$.issue_number', 'approval.$': '$.approval' };
const trained = { ...plan, 'data.$': '$.data', 'training.$': '$.training' };
const everything = { 'execution.$': '$' };

const planning: Record<string, State> = {
  OptimizeWorkflow: task('OptimizeWorkflow', {
    agent: 'workflow_optimizer',
    input: issue,
    result: '$.optimization',
    next: 'WaitForOptimizationApproval',
    onError: 'RollbackModel',
  }),
  WaitForOptimizationApproval: task('WaitForOptimizationApproval', {
    agent: 'approval',
    input: { ...issue, 'optimization.$': '$.optimization' },
    result: '$.approval',
    next: 'ApprovalSwitch',
    onError: 'RollbackModel',
    timeoutSeconds: answerWithinSeconds,
    heartbeat: false,
  }),
  ApprovalSwitch: {
    Type: 'Choice',
    Choices: [{ Variable: '$.approval.decision', StringEquals: 'approved', Next: 'PrepareData' }],
    Default: 'TakeNewRequest',
  },
  // An edited issue or an /override: the same run plans again, under a new hash.
  TakeNewRequest: { Type: 'Pass', InputPath: '$.approval.ask', ResultPath: '$.ask', Next: 'Replan' },
  Replan: {
    Type: 'Pass',
    Parameters: { 'visit.$': 'States.MathAdd($.counters.visit, 1)', 'current_retry.$': '$.counters.current_retry' },
    ResultPath: '$.counters',
    Next: 'OptimizeWorkflow',
  },
};

const building: Record<string, State> = {
  PrepareData: task('PrepareData', {
    agent: 'data_preparation',
    input: plan,
    result: '$.data',
    next: 'TrainModel',
    onError: 'RollbackModel',
  }),
  TrainModel: task('TrainModel', {
    agent: 'training',
    input: { ...plan, 'data.$': '$.data' },
    result: '$.training',
    next: 'EvaluateModel',
    onError: 'RollbackModel',
  }),
  EvaluateModel: task('EvaluateModel', {
    agent: 'evaluation',
    input: trained,
    result: '$.evaluation',
    next: 'JudgeResults',
    onError: 'RollbackModel',
  }),
  JudgeResults: task('JudgeResults', {
    agent: 'judge',
    input: {
      ...plan,
      'evaluation.$': '$.evaluation',
      'current_retry.$': '$.counters.current_retry',
      'max_retry.$': '$.ask.request.max_retry',
    },
    result: '$.judgement',
    next: 'DecisionSwitch',
    onError: 'RollbackModel',
  }),
  DecisionSwitch: {
    Type: 'Choice',
    Choices: [
      { Variable: '$.judgement.decision', StringEquals: 'pass', Next: 'PackageModel' },
      { Variable: '$.judgement.decision', StringEquals: 'retrain', Next: 'CheckRetryLimit' },
    ],
    Default: 'EvaluationFailed',
  },
};

const retrying: Record<string, State> = {
  CheckRetryLimit: {
    Type: 'Choice',
    Choices: [
      { Variable: '$.counters.current_retry', NumericLessThanPath: '$.ask.request.max_retry', Next: 'NotifyOperator' },
    ],
    Default: 'RetriesSpent',
  },
  NotifyOperator: task('NotifyOperator', {
    agent: 'notification',
    input: { notification_type: 'retrain_required', ...everything },
    result: '$.notification',
    next: 'WaitForOperatorInput',
    onError: 'RollbackModel',
  }),
  WaitForOperatorInput: task('WaitForOperatorInput', {
    agent: 'operator_input',
    input: { ...plan, ...issue, 'notification.$': '$.notification', 'current_retry.$': '$.counters.current_retry' },
    result: '$.approval',
    next: 'IncrementRetry',
    onError: 'RollbackModel',
    timeoutSeconds: answerWithinSeconds,
    heartbeat: false,
  }),
  IncrementRetry: {
    Type: 'Pass',
    Parameters: {
      'visit.$': 'States.MathAdd($.counters.visit, 1)',
      'current_retry.$': 'States.MathAdd($.counters.current_retry, 1)',
    },
    ResultPath: '$.counters',
    Next: 'TrainModel',
  },
};

/** From DeployModel on nothing is undone: a failure is recorded and told, the model stays in service. */
const releasing: Record<string, State> = {
  PackageModel: task('PackageModel', {
    agent: 'packaging',
    input: { ...trained, 'evaluation.$': '$.evaluation', 'judgement.$': '$.judgement' },
    result: '$.package',
    next: 'DeployModel',
    onError: 'RollbackModel',
  }),
  DeployModel: task('DeployModel', {
    agent: 'deployment',
    input: { ...plan, 'package.$': '$.package' },
    result: '$.deployment',
    next: 'StartMonitoring',
    onError: 'RollbackModel',
  }),
  StartMonitoring: task('StartMonitoring', {
    agent: 'monitor',
    input: { ...plan, 'deployment.$': '$.deployment', 'evaluation.$': '$.evaluation' },
    result: '$.monitoring',
    next: 'WriteHistory',
    onError: 'WriteHistory',
    errorPath: '$.monitoring_error',
    cancellable: false,
  }),
  WriteHistory: task('WriteHistory', {
    agent: 'history_writer',
    input: { outcome: 'in_service', ...everything },
    result: '$.history',
    next: 'NotifySuccess',
    onError: 'NotifySuccess',
    errorPath: '$.history_error',
    cancellable: false,
  }),
  NotifySuccess: task('NotifySuccess', {
    agent: 'notification',
    input: { notification_type: 'deployment_success', ...everything },
    result: '$.notification',
    next: 'ModelInService',
    onError: 'ModelInService',
    errorPath: '$.notification_error',
    cancellable: false,
  }),
  ModelInService: { Type: 'Succeed' },
};

function ending(
  kind: 'failed' | 'cancelled',
  names: { write: string; notify: string; end: string },
): Record<string, State> {
  return {
    [names.write]: task(names.write, {
      agent: 'history_writer',
      input: { outcome: kind, ...everything },
      result: '$.history',
      next: names.notify,
      onError: names.notify,
      errorPath: '$.history_error',
      cancellable: false,
    }),
    [names.notify]: task(names.notify, {
      agent: 'notification',
      input: { notification_type: 'training_failed', ...everything },
      result: '$.notification',
      next: names.end,
      onError: names.end,
      errorPath: '$.notification_error',
      cancellable: false,
    }),
    [names.end]: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
  };
}

const failing: Record<string, State> = {
  RetriesSpent: {
    Type: 'Pass',
    Parameters: { Error: taskErrors.retriesSpent, 'Cause.$': '$.judgement.message' },
    ResultPath: '$.error',
    Next: 'RollbackModel',
  },
  EvaluationFailed: {
    Type: 'Pass',
    Parameters: { Error: taskErrors.evaluationFailed, 'Cause.$': '$.judgement.message' },
    ResultPath: '$.error',
    Next: 'RollbackModel',
  },
  RollbackModel: task('RollbackModel', {
    agent: 'deployment',
    input: everything,
    result: '$.rollback',
    next: 'WriteFailureHistory',
    onError: 'WriteFailureHistory',
    errorPath: '$.rollback_error',
    cancellable: false,
  }),
  ...ending('failed', { write: 'WriteFailureHistory', notify: 'NotifyFailure', end: 'TrainingFailed' }),
  ...ending('cancelled', { write: 'WriteCancelHistory', notify: 'NotifyCancelled', end: 'TrainingCancelled' }),
};

/** As Step Functions gets it, `${TaskQueueUrl}` still to be substituted. */
export const stateMachine = {
  Comment: 'Dandori: from a request to a judged model in service',
  StartAt: 'OptimizeWorkflow',
  States: { ...planning, ...building, ...retrying, ...releasing, ...failing },
};

/** The definition with the queue's address in place. */
export function definitionFor(taskQueueUrl: string): unknown {
  return JSON.parse(JSON.stringify(stateMachine).replaceAll('${TaskQueueUrl}', taskQueueUrl));
}
