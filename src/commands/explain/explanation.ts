/** Why a pod is or is not injected, and what it would get, as lines of text. */
import { stringify } from 'yaml';
import type { InjectContext } from '../../inject/context.ts';
import { inject, type Outcome } from '../../inject/inject.ts';
import { reasonSentences } from '../../inject/reasons.ts';
import { readSettings } from '../../inject/prepare.ts';
import { namespaceWish, podWish } from '../../inject/wish.ts';
import type { Namespace, Pod, StringMap } from '../../kubernetes.types.ts';
import type { Plan } from '../../proxy/backend.ts';
import { bootstrap } from '../../proxy/envoy/bootstrap.ts';
import { tcpCheckPath } from '../../proxy/tcp-check.ts';
import { linkerdOnlyKeys } from '../../settings/linkerd-keys.ts';
import { rowOf, settingKeys } from '../../settings/table.ts';
import { formatPorts } from '../../settings/values/port-set.ts';
import { explainPorts } from './port-origins.ts';
import { placeWord } from './places.ts';

export interface Question {
  /** `deployment/web` and where it stands. */
  readonly title: string;
  readonly pod: Pod;
  /** Annotations of the workload that makes the pod, where ours would do nothing. */
  readonly workloadAnnotations: StringMap;
  /** null where the input has none. */
  readonly namespace: Namespace | null;
  readonly withBootstrap: boolean;
}

export function explainPod(question: Question, context: InjectContext): string[] {
  const { pod, namespace } = question;
  const outcome = inject(pod, namespace, { ...context, origin: namespace === null ? 'cli' : 'webhook' });
  return [
    question.title,
    ...indented(decisionLines(pod, namespace, outcome, context)),
    ...indented(adviceLines(question, outcome, context)),
    ...('plan' in outcome ? indented(planLines(question, outcome.plan, context)) : []),
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `  ${line}`));
}

const verdicts = {
  inject: 'injected',
  unchanged: 'injected already',
  skip: 'left alone',
  reject: 'refused',
} as const;

function decisionLines(
  pod: Pod,
  namespace: Namespace | null,
  outcome: Outcome,
  { installation }: InjectContext,
): string[] {
  const { keys, config } = installation;
  const ofPod = pod.metadata?.annotations?.[keys.inject];
  const ofNamespace = namespace && namespaceWish(namespace, keys, config.injection.selectBy);
  const lines = [
    `pod annotation ${keys.inject}: ${ofPod ?? 'absent'}`,
    ofNamespace === null
      ? 'namespace: not in the input; without a word of the pod it decides'
      : `namespace ${namespace?.name} ${keys.inject}: ${ofNamespace.kind === 'invalid' ? ofNamespace.value : ofNamespace.kind}`,
  ];
  const isOpen = namespace === null && podWish(pod, keys).kind === 'absent' && outcome.kind === 'inject';
  return [
    `decision: ${verdicts[outcome.kind]}${isOpen ? ', if its namespace asks for it' : ''}`,
    ...indented([...lines, ...whyNot(outcome)]),
  ];
}

function whyNot(outcome: Outcome): string[] {
  if (outcome.kind === 'skip')
    return outcome.reasons.map((reason) => `${reason}: ${reasonSentences[reason]}`);
  return outcome.kind === 'reject' ? outcome.problems.map(({ code, message }) => `${code}: ${message}`) : [];
}

function adviceLines(
  { pod, namespace, workloadAnnotations }: Question,
  outcome: Outcome,
  { installation: { keys } }: InjectContext,
): string[] {
  const isOurs = (key: string): boolean => key === keys.inject || keys.isConfig(key);
  const misplaced = Object.keys(workloadAnnotations)
    .filter(isOurs)
    .map((key) => `${key} is on the workload, where it does nothing; put it on the pod template`);
  const foreign = [
    ...Object.keys(namespace?.annotations ?? {}).map((key) => ['namespace', key] as const),
    ...Object.keys(pod.metadata?.annotations ?? {}).map((key) => ['pod', key] as const),
  ]
    .filter(([, key]) => keys.isConfig(key) && linkerdOnlyKeys.has(key.slice(key.indexOf('/') + 1)))
    .map(([place, key]) => `${place} annotation ${key} means something to Linkerd's own proxy only`);
  const warnings = outcome.kind === 'inject' ? outcome.warnings.map(({ message }) => message) : [];
  const lines = [...warnings, ...foreign, ...misplaced];
  return lines.length === 0 ? [] : ['worth knowing:', ...indented(lines)];
}

function planLines(
  { pod, namespace, withBootstrap }: Question,
  plan: Plan,
  context: InjectContext,
): string[] {
  const { settings } = readSettings(pod, namespace, context);
  const given = settingKeys
    .map((key) => ({ key, setting: settings[key] }))
    .filter(
      ({ key, setting: { place, text } }) =>
        place !== 'built-in' && !(place === 'installation' && text === rowOf(key).default),
    )
    .map(
      ({ key, setting }) =>
        `${key} = ${setting.text === '' ? '(empty)' : setting.text} ← ${placeWord(setting)}`,
    );
  const ports = explainPorts(pod, settings, plan).flatMap(({ title, ports, parts }) => [
    `${title}: ${formatPorts(ports) || 'none'}`,
    ...indented(parts.map(({ item, origin }) => `${item} ← ${origin}`)),
  ]);
  return [
    ...(given.length === 0 ? ['settings: all built-in'] : ['settings:', ...indented(given)]),
    'ports:',
    ...indented(ports),
    ...probeLines(plan),
    `proxy: ${plan.proxy.image}, ${plan.placement} sidecar`,
    ...(withBootstrap ? ["Envoy's configuration:", ...indented(prettyBootstrap(plan))] : []),
  ];
}

/** tcpSocket probes that would pass always, and so ask the proxy instead. */
function probeLines({ ports, proxy }: Plan): string[] {
  if (proxy.tcpChecks.length === 0) return [];
  const lines = proxy.tcpChecks.map(
    ({ port, intervalMs }) =>
      `${port}: the proxy dials it every ${intervalMs / 1000} s and answers ${tcpCheckPath(port)} on ${ports.admin}`,
  );
  return ['tcpSocket probes:', ...indented(lines)];
}

function prettyBootstrap(plan: Plan): string[] {
  return stringify(bootstrap(plan), { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd().split('\n');
}
