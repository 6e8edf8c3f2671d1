/** The webhook's metrics. All label sets are closed: no name from a cluster ever becomes a label. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ReviewLine } from './dependencies.ts';
import { handshakeFailures, type HandshakeFailure } from './handshake-errors.ts';

/** Read when metrics are scraped. */
export interface GaugeSources {
  readonly namespaces: () => number;
  readonly isSynced: () => boolean;
  readonly certificateNotAfter: () => Date;
  readonly droppedEvents: () => number;
  readonly reloadFailures: () => number;
  readonly bundleRepairs: () => number;
}

export interface WebhookMetrics {
  count(line: ReviewLine): void;
  countHandshakeError(reason: HandshakeFailure): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** How many reviews wait to be counted: on end, each costs a third of what it costs between other things. */
const batch = 64;

export function createMetrics(sources: GaugeSources): WebhookMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'outrigger_admission_requests_total',
    help: 'Reviews by path, outcome and whether they were dry runs',
    labelNames: ['path', 'outcome', 'dry_run'] as const,
    registers,
  });
  const skips = new Counter({
    name: 'outrigger_admission_skips_total',
    help: 'Reasons for which pods were left alone; a pod may have several',
    labelNames: ['reason'] as const,
    registers,
  });
  const problems = new Counter({
    name: 'outrigger_admission_problems_total',
    help: 'Problems for which objects were refused; an object may have several',
    labelNames: ['code'] as const,
    registers,
  });
  const duration = new Histogram({
    name: 'outrigger_admission_duration_seconds',
    help: 'From the arrival of a review to its answer',
    labelNames: ['path'] as const,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const handshakes = new Counter({
    name: 'outrigger_tls_handshake_errors_total',
    help: 'TLS handshakes that failed, by their likely reason',
    labelNames: ['reason'] as const,
    registers,
  });
  for (const reason of handshakeFailures) handshakes.inc({ reason }, 0);
  registerGauges(sources, registry);
  registerCounters(sources, registry);
  const countNow = (line: ReviewLine): void => {
    requests.inc({ path: line.path, outcome: line.outcome, dry_run: String(line.dryRun) });
    duration.observe({ path: line.path }, line.ms / 1000);
    if (line.outcome === 'skipped') for (const reason of line.why) skips.inc({ reason });
    if (line.outcome === 'rejected') for (const code of line.why) problems.inc({ code });
  };
  const waiting: ReviewLine[] = [];
  const countWaiting = (): void => {
    for (const line of waiting.splice(0)) countNow(line);
  };
  return {
    count(line) {
      waiting.push(line);
      if (waiting.length >= batch) countWaiting();
    },
    countHandshakeError: (reason) => handshakes.inc({ reason }),
    text() {
      countWaiting();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

function registerGauges(sources: GaugeSources, registry: Registry): void {
  const gauges: readonly (readonly [name: string, help: string, value: () => number])[] = [
    ['outrigger_namespace_cache_size', 'Namespaces in the cache', sources.namespaces],
    [
      'outrigger_namespace_cache_synced',
      "1 once the namespaces are listed and the API server's version is known",
      () => Number(sources.isSynced()),
    ],
    [
      'outrigger_certificate_not_after_timestamp_seconds',
      'When the serving certificate expires, in seconds since 1970',
      () => sources.certificateNotAfter().getTime() / 1000,
    ],
    ['outrigger_events_dropped', 'Events not sent because too many came at once', sources.droppedEvents],
  ];
  for (const [name, help, value] of gauges)
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(value());
        },
      }),
    );
}

/** Counted elsewhere, read when metrics are scraped. */
function registerCounters(sources: GaugeSources, registry: Registry): void {
  const counters: readonly (readonly [name: string, help: string, value: () => number])[] = [
    [
      'outrigger_certificate_reload_failures_total',
      'How often what was to replace the certificate could not be used',
      sources.reloadFailures,
    ],
    [
      'outrigger_ca_bundle_repairs_total',
      'How often a caBundle had been changed by somebody else and was written again',
      sources.bundleRepairs,
    ],
  ];
  for (const [name, help, value] of counters)
    registry.registerMetric(
      new Counter({
        name,
        help,
        registers: [],
        collect() {
          this.reset();
          this.inc(value());
        },
      }),
    );
}
