/** `outrigger explain`: why a pod is or is not injected, and every port set with the origin of each part. */
import { OutriggerError } from '../errors.ts';
import type { Command } from './command.ts';
import { explainPod } from './explain/explanation.ts';
import { questionsFromCluster, isObjectName } from './explain/from-cluster.ts';
import { questionsFromManifests } from './explain/from-manifests.ts';
import { describeFlags, parseArguments } from './flags.ts';
import { createLocalContext } from './local-context.ts';
import { noInput } from './manifest-flags.ts';
import { findSources } from './manifest-sources.ts';

const flags = {
  bootstrap: { doc: "Envoy's configuration too, in full" },
  config: { value: 'FILE', doc: "the installation's settings (YAML)" },
  namespace: { value: 'NAME', short: 'n', doc: 'of a kind/name: where to look (default)' },
  kubeconfig: { value: 'FILE', doc: 'of a kind/name: how to reach the cluster' },
} as const;

export const explain: Command = {
  flags,
  help: [
    'outrigger explain FILE|FOLDER|https://…|-|kind/name… tells for each pod template whether it is injected and why,',
    'which settings count and where each stands, and every port set with the origin of each part. A Namespace in the',
    'same input counts; kind/name is read from the cluster, with its namespace.',
    '',
    describeFlags(flags),
    '',
    'Examples:',
    '  outrigger explain deployment.yml',
    '  cat namespace.yaml deployment.yml | outrigger explain - --bootstrap',
    '  outrigger explain deployment/web -n shop',
  ].join('\n'),
  async run(argv, terminal) {
    const { values, words } = parseArguments(flags, argv);
    const inCluster = words.filter(isObjectName);
    const files = words.filter((word) => !isObjectName(word));
    if (inCluster.length === 0 && (values.namespace ?? values.kubeconfig) !== undefined)
      throw new OutriggerError('usage', '--namespace and --kubeconfig are for kind/name');
    const sources =
      inCluster.length > 0 && files.length === 0 ? [] : await findSources(files, terminal.stdin ?? noInput());
    const context = await createLocalContext(values.config);
    const withBootstrap = values.bootstrap === true;
    const questions = [
      ...(await questionsFromManifests(sources, withBootstrap)),
      ...(await questionsFromCluster(inCluster, { ...values, withBootstrap })),
    ];
    if (questions.length === 0)
      throw new OutriggerError(
        'file',
        'no pod template in the input; a Pod, Deployment, Job or the like is needed',
      );
    const texts = questions.map((question) => explainPod(question, context).join('\n'));
    terminal.stdout.write(`${texts.join('\n\n')}\n`);
    return undefined;
  },
};
