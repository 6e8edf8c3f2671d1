/** `outrigger check`: whether the installation works. Its one question so far is whether pods are injected. */
import { setTimeout as delay } from 'node:timers/promises';
import { OutriggerError } from '../errors.ts';
import { durationType } from '../settings/values/duration.ts';
import { createSidecarCheck } from './check/sidecar.ts';
import type { SidecarVerdict } from './check/verdict.ts';
import { connectCluster } from './cluster.ts';
import type { Command } from './command.ts';
import { describeFlags, parseFlags, type FlagValues } from './flags.ts';
import { createLocalContext, renderNothing } from './local-context.ts';

const flags = {
  webhook: { doc: 'ask by a dry run whether a new pod comes back with the sidecar' },
  namespace: { value: 'NAME', short: 'n', doc: 'where the pod would be (default)' },
  wait: { value: 'DURATION', doc: 'how long to go on asking while the answer is no (0s)' },
  config: { value: 'FILE', doc: "the installation's settings (YAML)" },
  kubeconfig: { value: 'FILE', doc: "how to reach the cluster; without it, the pod's own service account" },
} as const;

export const check: Command = {
  flags,
  help: [
    'outrigger check --webhook asks the API server, by a dry run that stores nothing, whether a pod comes back with',
    'the sidecar. If it does not, one sentence tells why: nobody selected it, the webhook cannot be reached, its',
    'certificate is not trusted, or it does not answer in time. Exits 1 then.',
    '',
    describeFlags(flags),
    '',
    'It needs the right to create pods there; with the right to get namespaces and webhook configurations it knows more.',
    '',
    'Examples:',
    '  outrigger check --webhook --namespace shop',
    '  outrigger check --webhook --namespace shop --wait 30s',
  ].join('\n'),
  async run(argv, terminal) {
    const values = parseFlags(flags, argv);
    if (!values.webhook) throw new OutriggerError('usage', 'name what to check: --webhook');
    const namespace = values.namespace ?? 'default';
    const verdict = await ask(values, namespace, waitOf(values.wait));
    if (verdict.kind !== 'injected') throw new OutriggerError('cluster', verdict.sentence);
    terminal.stdout.write(`a pod in namespace ${namespace} comes back with the sidecar\n`);
    return undefined;
  },
};

/** @throws OutriggerError `usage` */
function waitOf(text = '0s'): number {
  const wait = durationType({ minMs: 0, maxMs: 600_000 }).parse(text);
  if (!wait.ok) throw new OutriggerError('usage', `--wait: ${wait.error}`);
  return wait.value;
}

const pauseMs = 1000;

async function ask(
  values: FlagValues<typeof flags>,
  namespace: string,
  waitMs: number,
): Promise<SidecarVerdict> {
  const { installation, backend } = await createLocalContext(values.config, renderNothing);
  const client = await connectCluster(values.kubeconfig);
  const question = { namespace, installation, container: backend.containerNames.proxy };
  const sidecar = createSidecarCheck(client, question);
  try {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const verdict = await sidecar();
      if (verdict.kind === 'injected' || performance.now() + pauseMs > deadline) return verdict;
      await delay(pauseMs);
    }
  } finally {
    client.close();
  }
}
