/** What the demo prints about one pod. */
import { createTwoFilesPatch } from 'diff';
import jsonPatch, { type Operation } from 'fast-json-patch';
import { styleText } from 'node:util';
import { stringify } from 'yaml';
import type { Outcome } from '../../inject/inject.ts';
import { reasonSentences, type Reason } from '../../inject/reasons.ts';
import type { Pod } from '../../kubernetes.types.ts';
import type { Plan } from '../../proxy/backend.ts';
import { formatPorts, type PortSet } from '../../settings/values/port-set.ts';
import type { ExamplePod } from './reviews.ts';

/** The part of an AdmissionResponse that is shown. */
export interface AdmissionResponse {
  readonly allowed: boolean;
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly status?: { readonly message?: string };
  readonly auditAnnotations?: { readonly skipped?: string };
}

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

/** @param outcome the engine's own, for the port sets, which a response does not carry */
export function reportOn(
  { workload, namespace, pod }: ExamplePod,
  response: AdmissionResponse,
  outcome: Outcome,
  colours: boolean,
): string {
  const paint: Paint = (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text);
  const { word, style, why } = decisionOf(response, pod);
  const lines = [
    `${paint('bold', workload)} in ${namespace}: ${paint(style, word)}`,
    ...why.map((line) => `  ${line}`),
    ...(response.warnings ?? []).map((line) => `  ${paint('yellow', `warning: ${line}`)}`),
    ...(response.patch === undefined ? [] : diffOf(pod, response.patch, paint)),
    ...(outcome.kind === 'inject' ? portsOf(outcome.plan, paint) : []),
  ];
  return lines.join('\n');
}

function decisionOf(
  response: AdmissionResponse,
  pod: Pod,
): { word: string; style: Style; why: readonly string[] } {
  if (!response.allowed)
    return { word: 'refused', style: 'red', why: (response.status?.message ?? '').split('\n') };
  if (response.patch !== undefined)
    return {
      word: 'injected',
      style: 'green',
      why: [
        pod.metadata?.annotations?.['linkerd.io/inject'] === undefined
          ? 'its namespace has the label linkerd.io/inject: enabled, and nothing speaks against it'
          : 'the pod itself asks for it',
      ],
    };
  const reasons = (response.auditAnnotations?.skipped ?? '').split(',') as Reason[];
  return { word: 'left alone', style: 'yellow', why: reasons.map((reason) => reasonSentences[reason]) };
}

function diffOf(pod: Pod, patch: string, paint: Paint): string[] {
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as Operation[];
  const changed = jsonPatch.applyPatch(structuredClone(pod), operations).newDocument;
  const text = createTwoFilesPatch('before', 'after', yamlOf(pod), yamlOf(changed), '', '', { context: 1 });
  const [, , , ...hunks] = text.trimEnd().split('\n');
  return hunks.map((line) => `    ${paint(styleOf(line), line)}`);
}

function styleOf(line: string): Style {
  if (line.startsWith('+')) return 'green';
  if (line.startsWith('-')) return 'red';
  return line.startsWith('@@') ? 'cyan' : 'dim';
}

function yamlOf(pod: Pod): string {
  return stringify(pod, shorten, { lineWidth: 0 });
}

/** The longest argument, Envoy's whole configuration, is named by its size. */
function shorten(_: unknown, value: unknown): unknown {
  return typeof value === 'string' && value.length > 4000
    ? `(the proxy's configuration, ${value.length} characters)`
    : value;
}

function portsOf({ init, proxy }: Plan, paint: Paint): string[] {
  return [
    `  ${paint('bold', 'ports')}`,
    portsRow('in, around the proxy', init.skipInbound),
    portsRow('in, as plain TCP', proxy.opaque.inbound),
    portsRow('out, around the proxy', init.skipOutbound),
    portsRow('out, as plain TCP', proxy.opaque.outbound),
    `    ${'all others'.padEnd(24)}HTTP, HTTP/2 and gRPC are recognised and measured, the rest is proxied as TCP`,
  ];
}

function portsRow(name: string, ports: PortSet): string {
  return `    ${name.padEnd(24)}${formatPorts(ports) || 'none'}`;
}
