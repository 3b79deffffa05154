import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { EndpointPlatform, VariantSpec } from './endpoint-platform.js';

/** What a run of the suite works with; the packages are of one model that takes `row`. */
export interface EndpointPlatformFixture {
  platform: EndpointPlatform;
  /** Two good versions, `1.0.0` and `1.1.0`. */
  first: VariantSpec;
  second: VariantSpec;
  /** A version whose model does not load. */
  broken: VariantSpec;
  /** A version whose files are not the digested ones. */
  tampered: VariantSpec;
  /** A JSON body with one good row, and one with a wrong field. */
  goodBody: string;
  badBody: string;
  close: () => Promise<void>;
}

const json = 'application/json';

/** What every endpoint platform promises; `open` answers a fresh one without endpoints. */
export function endpointPlatformSuite(name: string, open: () => Promise<EndpointPlatformFixture>): void {
  describe(`${name} as an endpoint platform`, () => {
    let fixture: EndpointPlatformFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(() => fixture.close());

    const endpointName = 'churn-staging';
    const apply = (variant: VariantSpec) => fixture.platform.applyEndpoint({ endpointName, variants: [variant] });
    const invoke = (body = fixture.goodBody) =>
      fixture.platform.invokeEndpoint({ endpointName, body, contentType: json });
    const servedVersion = async (): Promise<unknown> =>
      (JSON.parse((await invoke()).body) as { model_version: string }).model_version;

    test('creates, describes, lists, updates and deletes', async () => {
      expect(await fixture.platform.listEndpoints()).toEqual([]);
      const created = await apply(fixture.first);
      expect(created).toMatchObject({ endpointName, status: 'InService', failureReason: null });
      expect(created.variants).toMatchObject([{ ...fixture.first, workers: expect.any(Number) as number }]);
      expect(created.invocationUrl).toContain(`/endpoints/${endpointName}/invocations`);
      expect(await servedVersion()).toBe('1.0.0');
      const updated = await apply(fixture.second);
      expect(updated).toMatchObject({ status: 'InService', createdAt: created.createdAt });
      expect(updated.variants.map(({ version }) => version)).toEqual(['1.1.0']);
      expect(await servedVersion()).toBe('1.1.0');
      expect(await fixture.platform.describeEndpoint({ endpointName })).toEqual(updated);
      expect(await fixture.platform.listEndpoints()).toEqual([updated]);
      await fixture.platform.deleteEndpoint({ endpointName });
      expect(await fixture.platform.listEndpoints()).toEqual([]);
      await expect(fixture.platform.describeEndpoint({ endpointName })).rejects.toMatchObject({ code: 'not_found' });
    });

    test('changes nothing when the same is applied again', async () => {
      const applied = await apply(fixture.first);
      expect(await apply(fixture.first)).toEqual(applied);
    });

    test('answers predictions with the variant that made them', async () => {
      await apply(fixture.first);
      const answer = await invoke();
      expect(answer).toMatchObject({ statusCode: 200, variantName: fixture.first.variantName });
      expect((JSON.parse(answer.body) as { predictions: unknown[] }).predictions).toHaveLength(1);
    });

    test('answers 4xx for a wrong field and counts it', async () => {
      await apply(fixture.first);
      await invoke();
      const answer = await invoke(fixture.badBody);
      expect(answer.statusCode).toBe(400);
      // The figures may arrive after the answer.
      const counted = { endpointName, windowSeconds: 60, invocations: 2, errors_4xx: 1, errors_5xx: 0, error_rate: 0 };
      const metrics = () => fixture.platform.endpointMetrics({ endpointName, windowSeconds: 60 });
      await vi.waitFor(async () => expect(await metrics()).toMatchObject(counted), { timeout: 30_000, interval: 20 });
      expect((await metrics()).latency_p95_ms).toBeGreaterThan(0);
    });

    test.each(['broken', 'tampered'] as const)('rejects a %s version and serves the old one on', async (kind) => {
      await apply(fixture.first);
      await expect(apply(fixture[kind])).rejects.toMatchObject({ code: 'corrupt' });
      expect(await servedVersion()).toBe('1.0.0');
      expect(await fixture.platform.describeEndpoint({ endpointName })).toMatchObject({ status: 'InService' });
    });

    test('leaves no endpoint behind when its first version is broken', async () => {
      await expect(apply(fixture.broken)).rejects.toMatchObject({ code: 'corrupt' });
      expect(await fixture.platform.listEndpoints()).toEqual([]);
    });

    test('refuses several variants and weights: not yet', async () => {
      const other = { ...fixture.second, variantName: 'Canary' };
      const several = fixture.platform.applyEndpoint({ endpointName, variants: [fixture.first, other] });
      await expect(several).rejects.toMatchObject({ code: 'not_yet' });
      await expect(apply({ ...fixture.first, weight: 0.5 })).rejects.toMatchObject({ code: 'not_yet' });
    });

    test('names the known endpoints when one is unknown', async () => {
      await apply(fixture.first);
      const unknown = { endpointName: 'churn-stagin' };
      const promises = [
        fixture.platform.describeEndpoint(unknown),
        fixture.platform.deleteEndpoint(unknown),
        fixture.platform.endpointMetrics({ ...unknown, windowSeconds: 60 }),
      ];
      for (const promise of promises) {
        await expect(promise).rejects.toMatchObject({
          code: 'not_found',
          message: expect.stringContaining(endpointName) as string,
        });
      }
      const answer = await fixture.platform.invokeEndpoint({ ...unknown, body: fixture.goodBody, contentType: json });
      expect(answer).toMatchObject({ statusCode: 404, variantName: null });
    });

    test('keeps endpoints apart', async () => {
      await apply(fixture.first);
      await fixture.platform.applyEndpoint({ endpointName: 'other', variants: [fixture.second] });
      expect(await servedVersion()).toBe('1.0.0');
      expect((await fixture.platform.listEndpoints()).map((endpoint) => endpoint.endpointName)).toEqual([
        endpointName,
        'other',
      ]);
    });
  });
}
