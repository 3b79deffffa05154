import { afterEach } from 'vitest';
import { type Fixture, openFixture } from './open-fixture.js';

/** Opens fixtures for the tests of a file; each is closed when its test has ended. */
export function fixtures(
  defaults: Parameters<typeof openFixture>[0] = {},
): (options?: Parameters<typeof openFixture>[0]) => Promise<Fixture> {
  const open: Fixture[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  return async (options = {}) => {
    const made = await openFixture({ ...defaults, ...options });
    open.push(made);
    return made;
  };
}
