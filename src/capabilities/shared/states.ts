/** Every task state of the workflow, in its order. */
export const taskStates = [
  'OptimizeWorkflow',
  'WaitForOptimizationApproval',
  'PrepareData',
  'TrainModel',
  'EvaluateModel',
  'JudgeResults',
  'NotifyOperator',
  'WaitForOperatorInput',
  'PackageModel',
  'DeployModel',
  'StartMonitoring',
  'WriteHistory',
  'NotifySuccess',
  'RollbackModel',
  'WriteFailureHistory',
  'NotifyFailure',
  'WriteCancelHistory',
  'NotifyCancelled',
] as const;

/** Every standing of a run, its ends included: for tools that only talk to people about it. */
export const allStates = [...taskStates, 'Succeeded', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;
