import { DandoriError } from '../../../errors.js';
import type { JobRequest } from '../../../ports/job-platform.js';

const isPlainName = (name: string): boolean => /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/.test(name);

/** What is wrong with a request, by field; empty when it may run. */
function problemsOf(request: JobRequest): string[] {
  const problems: string[] = [];
  const need = (ok: boolean, text: string): void => {
    if (!ok) problems.push(text);
  };
  const segments = request.jobName.split('/');
  need(
    request.jobName.length <= 300 && segments.every(isPlainName),
    'jobName must be [A-Za-z0-9._-] segments joined by /',
  );
  need(isPlainName(request.trainingId), 'trainingId must be [A-Za-z0-9._-]+');
  need(isPlainName(request.logName), 'logName must be [A-Za-z0-9._-]+');
  for (const [channel, files] of Object.entries(request.channels)) {
    need(isPlainName(channel), `channel ${JSON.stringify(channel)} must be [A-Za-z0-9._-]+`);
    for (const file of files)
      need(
        file.fileName.split('/').every(isPlainName),
        `file name ${JSON.stringify(file.fileName)} must be [A-Za-z0-9._-] segments joined by /`,
      );
  }
  for (const one of request.documents) {
    need(
      isPlainName(one.channel) && isPlainName(one.fileName),
      `document ${JSON.stringify(one.fileName)} must have plain names`,
    );
  }
  const { maxRuntimeSeconds, maxMemoryMb } = request.limits;
  need(Number.isFinite(maxRuntimeSeconds) && maxRuntimeSeconds > 0, 'limits.maxRuntimeSeconds must be above 0');
  need(Number.isFinite(maxMemoryMb) && maxMemoryMb > 0, 'limits.maxMemoryMb must be above 0');
  // SageMaker's limit; kept here so that a job that runs on this machine runs there too.
  need(Object.keys(request.hyperparameters).length <= 100, 'hyperparameters must be at most 100');
  for (const name of Object.keys(request.environment ?? {})) {
    need(
      /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name),
      `environment name ${JSON.stringify(name)} must be [A-Za-z_][A-Za-z0-9_]*`,
    );
    need(!/^(LD_|DYLD_)/.test(name), `environment name ${name} changes what code is loaded and is not allowed`);
  }
  return problems;
}

/** Refuses what cannot be a job (`invalid_input` with every problem); names of channels and files become paths. */
export function requireJobRequest(request: JobRequest): void {
  const problems = problemsOf(request);
  if (problems.length === 0) return;
  throw new DandoriError('invalid_input', `The job ${request.jobName.slice(0, 100)} cannot be started.`, {
    found: problems.join('; '),
    data: { problems },
  });
}
