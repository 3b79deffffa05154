import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { z } from 'zod';
import { DandoriError } from '../../errors.js';
import type { GitHubClientOptions } from './client.js';

export const defaultTimeoutMs = 30_000;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const repositoryName = /^[A-Za-z0-9_.-]{1,100}\/[A-Za-z0-9_.-]{1,100}$/;

/** Owner and name of `OWNER/NAME`. */
export function splitRepository(repository: string): { owner: string; repo: string } {
  const [owner, repo] = repository.split('/');
  if (repositoryName.test(repository) && owner !== undefined && repo !== undefined) return { owner, repo };
  throw new DandoriError('invalid_input', 'This is no repository on GitHub.', {
    found: JSON.stringify(repository.slice(0, 200)),
    allowed: 'OWNER/NAME',
  });
}

/** An App's tokens are fetched as they are needed: what a request shows GitHub is a secret from then on. */
function watchedFetch({ fetch = globalThis.fetch, redact }: GitHubClientOptions): typeof globalThis.fetch {
  return (input, init) => {
    const [, credential] = (new Headers(init?.headers).get('authorization') ?? '').split(' ');
    if (credential !== undefined) redact?.add(credential);
    return fetch(input, init);
  };
}

/** A client that shows GitHub who Dandori is. Under an App the installation is asked for: the repository's owner decides by it what the App may. */
export async function connectTo(options: GitHubClientOptions): Promise<Octokit> {
  const { auth, baseUrl, userAgent = 'dandori', timeoutMs = defaultTimeoutMs } = options;
  const shared = {
    userAgent,
    log: silent,
    request: { log: silent, fetch: watchedFetch(options) },
    ...(baseUrl === undefined ? {} : { baseUrl: baseUrl.replace(/\/+$/, '') }),
  };
  if (auth.kind === 'token') return new Octokit({ ...shared, auth: auth.token });
  // In an environment variable the lines of the key are often joined by the two characters \n.
  const app = { appId: auth.appId, privateKey: auth.privateKey.replaceAll('\\n', '\n') };
  const asApp = new Octokit({ ...shared, authStrategy: createAppAuth, auth: app });
  const { data } = await asApp.request('GET /repos/{owner}/{repo}/installation', {
    ...splitRepository(options.repository),
    request: { signal: AbortSignal.timeout(timeoutMs) },
  });
  const { id: installationId } = z.object({ id: z.number() }).parse(data);
  return new Octokit({ ...shared, authStrategy: createAppAuth, auth: { ...app, installationId } });
}
