import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openDatabase } from '../../db.js';
import { createGitHubClient } from './client.js';
import { systemClock } from './clock.js';
import { RateLimits } from './rate-limit.js';

/** A client whose requests go nowhere: each is answered with `{"data": {}}`, its address kept. */
function clientAt(baseUrl: string | undefined) {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    asked.push(input instanceof Request ? input.url : String(input));
    return new Response('{"data": {}}', { headers: { 'content-type': 'application/json' } });
  };
  const limits = new RateLimits({ db: openDatabase(':memory:'), clock: systemClock });
  const auth = { kind: 'token', token: 'not-a-token' } as const;
  const rest = baseUrl === undefined ? {} : { baseUrl };
  return {
    asked,
    client: createGitHubClient({ repository: 'octo/models', auth, limits, clock: systemClock, fetch, ...rest }),
  };
}

describe('the addresses of GitHub', () => {
  test.each([
    ['github.com', undefined, 'https://api.github.com', 'https://api.github.com/graphql', 'https://github.com'],
    ...['https://git.example.com/api/v3', 'https://git.example.com/api/v3/'].map(
      (url) =>
        [
          'GitHub Enterprise Server',
          url,
          'https://git.example.com/api/v3',
          'https://git.example.com/api/graphql',
          'https://git.example.com',
        ] as const,
    ),
  ] as const)('of %s (%s): REST, GraphQL beside it, pages for people', async (_name, baseUrl, rest, graphql, web) => {
    const { asked, client } = clientAt(baseUrl);
    const schema = z.unknown();
    await client.read({ about: 'read', route: 'GET /repos/{owner}/{repo}/issues', schema });
    await client.graphql({ about: 'ask', query: 'query { viewer { login } }', variables: {}, schema });
    expect(asked).toEqual([`${rest}/repos/octo/models/issues`, graphql]);
    expect(client.webUrl).toBe(`${web}/octo/models`);
  });
});
