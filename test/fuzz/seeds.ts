/** What is changed: reviews of pods of every shape, as they come first and again, and of what is advised on. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { inject } from '../../src/inject/inject.ts';
import { isPod } from '../../src/inject/pod-shape.ts';
import { contextOf, namespaceOf, patched } from '../inject/fixtures.ts';
import { namespaceReview, podReview, workloadReview } from '../webhook/reviews.ts';

const golden = new URL('../golden/', import.meta.url);

/** The texts of the manifests in the goldens and in the example. */
export function manifestTexts(): string[] {
  const folders = readdirSync(golden, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [
    ...folders.map(({ name }) => readFileSync(new URL(`${name}/input.yaml`, golden), 'utf8')),
    readFileSync(new URL('../../examples/shop.yaml', import.meta.url), 'utf8'),
  ];
}

export interface Seed {
  readonly path: string;
  readonly body: string;
}

/** @param namespace one that is on */
export function reviewSeeds(namespace: string): Seed[] {
  const documents = manifestTexts().flatMap((text) =>
    parseAllDocuments(text).map((document): unknown => document.toJS()),
  );
  const pods = documents.filter(isPod).filter((pod) => pod.spec);
  const context = contextOf();
  const again = pods.flatMap((pod) => {
    const outcome = inject(pod, namespaceOf(), context);
    return outcome.kind === 'inject' ? [patched(pod, outcome)] : [];
  });
  const annotations = { 'config.linkerd.io/skip-outbound-ports': '4406' };
  const request = { namespace };
  return [
    ...[...pods, ...again].map((pod) => ({ path: '/mutate/labelled', body: podReview(pod, request) })),
    ...['Deployment', 'CronJob'].map((kind) => ({
      path: '/advise',
      body: workloadReview(kind, annotations, { annotations }, request),
    })),
    { path: '/advise', body: namespaceReview({ annotations }, {}) },
  ].map(({ path, body }) => ({ path, body: JSON.stringify(body) }));
}
