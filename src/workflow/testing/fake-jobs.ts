import { DandoriError } from '../../errors.js';
import type { JobDescription, JobPlatform, JobRequest } from '../../ports/job-platform.js';

/** A job platform whose jobs end when a test says so. */
export class FakeJobs implements JobPlatform {
  readonly jobs = new Map<string, JobDescription>();
  readonly #watchers = new Set<(job: JobDescription) => void>();

  async startJob(request: Pick<JobRequest, 'jobName'> & Partial<JobRequest>): Promise<JobDescription> {
    const known = this.jobs.get(request.jobName);
    if (known !== undefined) return known;
    return this.#set({
      jobName: request.jobName,
      status: 'InProgress',
      failureReason: null,
      failureKind: null,
      exitCode: null,
      progressPercent: null,
      phase: null,
      metrics: {},
      createdAt: '2026-01-01T00:00:00Z',
      startedAt: '2026-01-01T00:00:00Z',
      endedAt: null,
      peakMemoryMb: null,
      estimatedCostUsd: null,
      heartbeatAt: null,
      outputPrefix: request.outputPrefix ?? request.jobName,
    });
  }

  /** Ends a job and tells the watchers. */
  end(jobName: string, status: 'Completed' | 'Failed'): void {
    this.#set({ ...this.#get(jobName), status });
  }

  async describeJob({ jobName }: { jobName: string }): Promise<JobDescription> {
    return this.#get(jobName);
  }

  async stopJob({ jobName }: { jobName: string }): Promise<void> {
    this.#set({ ...this.#get(jobName), status: 'Stopped' });
  }

  async listJobs(): Promise<JobDescription[]> {
    return [...this.jobs.values()];
  }

  async readLog(): Promise<{ text: string; nextOffset: number }> {
    return { text: '', nextOffset: 0 };
  }

  watch(onChange: (job: JobDescription) => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  #get(jobName: string): JobDescription {
    const job = this.jobs.get(jobName);
    if (job === undefined) throw new DandoriError('not_found', `There is no job ${jobName}.`);
    return job;
  }

  #set(job: JobDescription): JobDescription {
    this.jobs.set(job.jobName, job);
    for (const watcher of this.#watchers) watcher(job);
    return job;
  }
}
