/**
 * Whole pods, before and after, that read like documentation: in each directory beside this file
 *
 *   input.yaml     a Namespace and Pods, as the API server sends them
 *   config.yaml    the installation
 *   expected.yaml  the pods as the API server has them after our patch
 *   report.txt     what is said about each
 *
 * Compared as data. `OUTRIGGER_UPDATE_GOLDEN=1` writes expected.yaml and report.txt anew; read the difference
 * before you commit it. Only the case `envoy-bootstrap` shows Envoy's configuration and the hash of the plan.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { inject, type Outcome } from '../../src/inject/inject.ts';
import { isPod } from '../../src/inject/pod-shape.ts';
import { reasonSentences } from '../../src/inject/reasons.ts';
import type { Container, Namespace, Pod } from '../../src/kubernetes.types.ts';
import { contextOf, installationOf, overTheWire, patched } from '../inject/fixtures.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
const isUpdate = process.env['OUTRIGGER_UPDATE_GOLDEN'] === '1';
const cases = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

interface Document {
  readonly kind?: string;
  readonly metadata?: Record<string, unknown>;
}

function documentsIn(path: string): Document[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS() as Document;
  });
}

/** Given to the engine as the webhook gives it: native sidecars and no IPv6 unless config.yaml says otherwise. */
function run(name: string): { readonly pods: Pod[]; readonly report: string } {
  const config: unknown = parse(readFileSync(`${root}${name}/config.yaml`, 'utf8'));
  const { cluster } = installationOf(config).config;
  const context = contextOf({
    config,
    cluster: { ipv6: cluster.ipv6 === true, nativeSidecars: cluster.nativeSidecars !== false },
  });
  const documents = documentsIn(`${root}${name}/input.yaml`);
  const namespace = namespaceFrom(documents);
  const received = documents.filter(({ kind }) => kind === 'Pod');
  const outcomes = received.map((document) => {
    if (!isPod(document)) throw new TypeError(`${name}: an input is not a pod`);
    return { pod: document, outcome: inject(document, namespace, context) };
  });
  return {
    pods: outcomes.map(({ pod, outcome }) => readable(name, afterwards(pod, outcome))),
    report: outcomes.map(({ pod, outcome }) => reportOn(pod, outcome)).join('\n'),
  };
}

function namespaceFrom(documents: readonly Document[]): Namespace {
  const { metadata } = documents.find(({ kind }) => kind === 'Namespace') ?? {};
  return { labels: {}, annotations: {}, ...metadata } as unknown as Namespace;
}

function afterwards(pod: Pod, outcome: Outcome): Pod {
  return outcome.kind === 'inject' ? patched(pod, outcome) : pod;
}

/** Without what is long, or different after each change of the data plane. */
function readable(name: string, pod: Pod): Pod {
  if (name === 'envoy-bootstrap') return overTheWire(pod);
  const { annotations } = pod.metadata ?? {};
  const withoutHash = Object.entries(annotations ?? {}).map(([key, text]) => [
    key,
    text.replace(/"plan":"[0-9a-f]{16}"/u, '"plan":"(hash)"'),
  ]);
  return overTheWire({
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(annotations && { annotations: Object.fromEntries(withoutHash) as never }),
    },
    spec: {
      ...pod.spec,
      ...(pod.spec?.initContainers && { initContainers: pod.spec.initContainers.map(withoutBootstrap) }),
      ...(pod.spec?.containers && { containers: pod.spec.containers.map(withoutBootstrap) }),
    },
  });
}

function withoutBootstrap(container: Container): Container {
  if (container.name !== 'outrigger-proxy') return container;
  const args = (container.args ?? []).map((argument, index, all) =>
    all[index - 1] === '--config-yaml' ? `(Envoy's configuration)` : argument,
  );
  return { ...container, args };
}

function reportOn(pod: Pod, outcome: Outcome): string {
  const name = pod.metadata?.name ?? pod.metadata?.generateName ?? 'a pod';
  return [`${name}: ${words[outcome.kind]}`, ...linesOn(outcome).map((line) => `  ${line}`), ''].join('\n');
}

const words = { inject: 'injected', unchanged: 'unchanged', skip: 'skipped', reject: 'rejected' } as const;

function linesOn(outcome: Outcome): string[] {
  switch (outcome.kind) {
    case 'inject':
      return outcome.warnings.map(({ code, message }) => `warning ${code}: ${message}`);
    case 'unchanged':
      return [];
    case 'skip':
      return outcome.reasons.map((reason) => `${reason}: ${reasonSentences[reason]}`);
    case 'reject':
      return outcome.problems.map(({ code, message }) => `${code}: ${message}`);
  }
}

describe('a golden case', () => {
  it.each(cases)('%s gives the pods and the report that are written down', (name) => {
    const { pods, report } = run(name);
    if (isUpdate) {
      const text = pods
        .map((pod) => stringify(pod, { lineWidth: 0, aliasDuplicateObjects: false }))
        .join('---\n');
      writeFileSync(`${root}${name}/expected.yaml`, text);
      writeFileSync(`${root}${name}/report.txt`, report);
    }
    expect(pods).toStrictEqual(documentsIn(`${root}${name}/expected.yaml`));
    expect(report).toBe(readFileSync(`${root}${name}/report.txt`, 'utf8'));
  });
});
