import { vi } from 'vitest';

// A story waits for one thing up to 90 s and then says what there was instead (`eventually`): the time-out of the test, which
// only says that it is over, comes later.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
