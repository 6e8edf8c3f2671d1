import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReviewLine } from '../../src/webhook/dependencies.ts';
import { createMetrics } from '../../src/webhook/metrics.ts';
import { outcomes } from '../../src/webhook/respond.ts';
import { podOf, settings } from '../inject/fixtures.ts';
import { podReview } from './reviews.ts';
import { post, send, startWebhook } from './webhook-server.ts';

const sources = {
  namespaces: () => 7,
  isSynced: () => true,
  certificateNotAfter: () => new Date(1_800_000_000_000),
  reloadFailures: () => 0,
  bundleRepairs: () => 0,
  droppedEvents: () => 3,
};

const line = (fields: Partial<ReviewLine>): ReviewLine => ({
  path: '/mutate',
  uid: 'u',
  namespace: 'shop',
  owner: '',
  outcome: 'injected',
  why: [],
  dryRun: false,
  ms: 1.5,
  ...fields,
});

const seriesIn = (text: string): string[] =>
  text
    .split('\n')
    .filter((row) => row.startsWith('outrigger_admission_') && !row.includes('_bucket'))
    .map((row) => row.slice(0, row.lastIndexOf(' ')));

describe('the metrics', () => {
  it('count reviews by path, outcome and dry run, and take their time', async () => {
    const metrics = createMetrics(sources);
    metrics.count(line({}));
    metrics.count(line({}));
    metrics.count(line({ dryRun: true, outcome: 'advised', path: '/advise', ms: 2500 }));
    const text = await metrics.text();
    expect(text).toContain(
      'outrigger_admission_requests_total{path="/mutate",outcome="injected",dry_run="false"} 2',
    );
    expect(text).toContain(
      'outrigger_admission_requests_total{path="/advise",outcome="advised",dry_run="true"} 1',
    );
    expect(text).toContain('outrigger_admission_duration_seconds_sum{path="/advise"} 2.5');
    expect(text).toContain('outrigger_admission_duration_seconds_bucket{le="0.0025",path="/mutate"} 2');
  });

  it('count each reason of a skip and each code of a rejection, and nothing of other outcomes', async () => {
    const metrics = createMetrics(sources);
    metrics.count(line({ outcome: 'skipped', why: ['host_network', 'windows_node'] }));
    metrics.count(line({ outcome: 'rejected', why: ['uid_clash'] }));
    metrics.count(line({ outcome: 'error', why: ['not_counted'] }));
    const text = await metrics.text();
    expect(text).toContain('outrigger_admission_skips_total{reason="host_network"} 1');
    expect(text).toContain('outrigger_admission_skips_total{reason="windows_node"} 1');
    expect(text).toContain('outrigger_admission_problems_total{code="uid_clash"} 1');
    expect(text).not.toContain('not_counted');
  });

  it('read gauges when they are asked', async () => {
    let size = 7;
    const metrics = createMetrics({ ...sources, namespaces: () => size });
    expect(await metrics.text()).toContain('outrigger_namespace_cache_size 7\n');
    size = 8;
    const text = await metrics.text();
    expect(text).toContain('outrigger_namespace_cache_size 8\n');
    expect(text).toContain('outrigger_namespace_cache_synced 1\n');
    expect(text).toContain('outrigger_certificate_not_after_timestamp_seconds 1800000000\n');
    expect(text).toContain('outrigger_events_dropped 3\n');
    expect(text).toMatch(/^process_resident_memory_bytes /mu);
  });

  it('make no new series of anything that a client can choose', async () => {
    const metrics = createMetrics(sources);
    const webhook = await startWebhook();
    const path = fc.webPath({ size: 'small' }).map((found) => (found.startsWith('/') ? found : `/${found}`));
    const word = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'a"b\n', '{}'));
    await fc.assert(
      fc.asyncProperty(path, word, word, async (somewhere, one, other) => {
        await post(webhook, somewhere, podReview());
        await send(webhook, `/mutate?${encodeURIComponent(one)}`, { method: 'PUT', headers: {} });
        await post(webhook, '/mutate', podReview(podOf({ 'linkerd.io/inject': one })));
        const annotations = { ...settings({ 'proxy-await': one }), [`config.linkerd.io/${other}`]: one };
        await post(webhook, '/mutate', podReview(podOf(annotations)));
        await post(webhook, '/mutate', podReview(podOf(), { uid: one, operation: other, resource: other }));
      }),
      { numRuns: 40 },
    );
    for (const each of webhook.lines) metrics.count(each);
    const series = seriesIn(await metrics.text());
    for (const each of series)
      expect(each).toMatch(
        /\{(?:path="(?:\/mutate|other)"(?:,outcome="[a-z_]+",dry_run="false")?|reason="not_a_creation"|code="(?:invalid_inject|invalid_setting)")\}$/u,
      );
    expect(series.length).toBeLessThan(20);
    const counted = webhook.lines.map(({ outcome }) => outcome);
    expect(outcomes).toEqual(expect.arrayContaining(counted));
    expect(new Set(counted).size).toBeGreaterThan(2);
  });
});
