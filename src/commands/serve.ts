/** `outrigger serve`: the webhook, in a cluster or with namespaces from a file. */
import { watchTrouble } from '../certs/watch-trouble.ts';
import { OutriggerError } from '../errors.ts';
import type { InjectContext } from '../inject/context.ts';
import { inject } from '../inject/inject.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { envoy } from '../proxy/envoy/backend.ts';
import type { Installation } from '../settings/config.ts';
import type { ReviewEvent, ReviewLine } from '../webhook/dependencies.ts';
import { checkSource, findFlagErrors, openCertificate } from './certificate-flags.ts';
import type { ServingCertificate } from './certificate.ts';
import { connectCluster, openOffline, startCluster, type Cluster } from './cluster.ts';
import type { Command, Running } from './command.ts';
import { createContext } from './context.ts';
import { describeFlags, parseFlags, type FlagValues } from './flags.ts';
import { loadInstallation } from './installation.ts';
import { createLog, type Log, type LogLine } from './log.ts';
import { openOwnCertificate } from './own-certificate.ts';
import { findOwnNamespace } from './own-namespace.ts';
import { version } from './package.ts';
import { serviceNames } from './service-names.ts';
import { startWebhook } from './webhook.ts';

const flags = {
  config: { value: 'FILE', doc: "the installation's settings (YAML)" },
  host: { value: 'ADDRESS', doc: 'the address to listen on (0.0.0.0)' },
  port: { value: 'PORT', doc: 'the port of the webhook, HTTPS (8443)' },
  'ops-port': { value: 'PORT', doc: 'the port of /live, /ready and /metrics, plain HTTP (9995)' },
  cert: { value: 'FILE', doc: 'the serving certificate (PEM); read again when it changes' },
  key: { value: 'FILE', doc: "the certificate's key (PEM)" },
  'self-signed': { doc: 'make a certificate in memory' },
  'ca-file': { value: 'FILE', doc: 'with --self-signed: where its CA is written (PEM)' },
  kubeconfig: { value: 'FILE', doc: "how to reach the cluster; without it, the pod's own service account" },
  'own-namespace': { value: 'NAME', doc: "the program's own namespace, if it does not run in a pod" },
  offline: { doc: 'work without a cluster' },
  namespaces: { value: 'FILE', doc: 'with --offline: the namespaces (YAML)' },
} as const;

type ServeFlags = FlagValues<typeof flags>;

export const serve: Command = {
  flags,
  help: [
    'outrigger serve runs the mutating webhook: POST /mutate, /mutate/labelled and /advise over HTTPS.',
    '',
    describeFlags(flags),
    '',
    'Examples:',
    '  outrigger serve --config outrigger.yaml --cert tls.crt --key tls.key',
    '  outrigger serve --self-signed --ca-file ca.crt --kubeconfig ~/.kube/config',
    '  outrigger serve --self-signed --offline --namespaces examples/namespaces.yaml',
    '',
    'With certificates.source: own in its configuration it makes a certificate, keeps it in a Secret, and needs none.',
  ].join('\n'),
  async run(argv) {
    const values = parseFlags(flags, argv);
    checkCombinations(values);
    const log = createLog();
    return start(values, await readSettings(values, log.line), log);
  },
};

function checkCombinations(values: ServeFlags): void {
  const errors = [
    ...findFlagErrors(values),
    ...(values.offline && values.kubeconfig !== undefined
      ? ['--offline and --kubeconfig exclude each other']
      : []),
    ...(values.offline && values.namespaces === undefined ? ['--offline needs --namespaces FILE'] : []),
    ...(!values.offline && values.namespaces !== undefined ? ['--namespaces is for --offline'] : []),
    ...(['port', 'ops-port'] as const).flatMap((name) =>
      values[name] === undefined || isPort(values[name])
        ? []
        : [`--${name}: "${values[name]}" is not a port; allowed are 0 (any free one) to 65535`],
    ),
  ];
  if (errors.length > 0) throw new OutriggerError('usage', errors.join('\n'));
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/u.test(text) && Number(text) <= 65_535;
}

interface ServeSettings {
  readonly installation: Installation;
  /** Undefined if it is kept in the cluster. */
  readonly certificate: ServingCertificate | undefined;
  readonly cluster: Cluster | KubernetesClient;
  readonly ownNamespace: string | undefined;
}

/** Reads everything there is to read before listening, and names all that is wrong at once. */
async function readSettings(values: ServeFlags, log: LogLine): Promise<ServeSettings> {
  const { namespaces = '' } = values;
  const reading = [
    loadInstallation(values.config, envoy),
    openCertificate(values, log),
    values.offline ? openOffline(namespaces) : connectCluster(values.kubeconfig),
    findOwnNamespace(values['own-namespace']),
  ] as const;
  throwTogether(await Promise.allSettled(reading));
  const [installation, certificate, cluster, ownNamespace] = await Promise.all(reading);
  checkSource(values, installation.config.certificates.source === 'own', ownNamespace);
  return { installation, certificate, cluster, ownNamespace };
}

function throwTogether(results: readonly PromiseSettledResult<unknown>[]): void {
  const errors = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const bug = errors.find((error) => !(error instanceof OutriggerError));
  if (bug !== undefined) throw bug;
  const [first, ...more] = errors as OutriggerError[];
  if (first)
    throw new OutriggerError(first.code, [first, ...more].map(({ message }) => message).join('\n'), {
      cause: first,
    });
}

/**
 * Injects a pod that says nothing: settings of the installation that are right one by one may contradict each
 * other, and would stop every pod.
 * @throws OutriggerError with code `settings`
 */
function checkDefaults(context: InjectContext): void {
  const pod = { metadata: { annotations: { [context.installation.keys.inject]: 'enabled' } }, spec: {} };
  const outcome = inject(pod, null, context);
  if (outcome.kind === 'reject')
    throw new OutriggerError('settings', outcome.problems.map(({ message }) => message).join('\n'));
}

async function start(values: ServeFlags, settings: ServeSettings, log: Log): Promise<Running> {
  const { installation, ownNamespace = '' } = settings;
  const client = 'namespaces' in settings.cluster ? undefined : settings.cluster;
  const cluster =
    'namespaces' in settings.cluster
      ? settings.cluster
      : startCluster(settings.cluster, installation.keys, settings.ownNamespace, log.line);
  let { certificate } = settings;
  try {
    if (client) certificate ??= await openOwnCertificate(client, installation, ownNamespace, log.line);
    if (!certificate) throw new TypeError('a certificate of our own without a cluster');
    return await startOn({ ...settings, cluster, certificate }, values, log);
  } catch (error) {
    certificate?.stop();
    await cluster.stop();
    throw error;
  }
}

interface Started extends ServeSettings {
  readonly cluster: Cluster;
  readonly certificate: ServingCertificate;
}

async function startOn(started: Started, values: ServeFlags, log: Log): Promise<Running> {
  const { installation, cluster, certificate, ownNamespace } = started;
  const context = createContext(installation, cluster);
  checkDefaults(context());
  const { server, certificates } = installation.config;
  const addresses = {
    host: values.host ?? server.host,
    port: Number(values.port ?? server.port),
    opsPort: Number(values['ops-port'] ?? server.opsPort),
  };
  const parts = {
    context,
    certificate,
    namespaces: cluster.namespaces,
    notReady: () => cluster.notReady(),
    recordEvent: (event: ReviewEvent) => cluster.recordEvent(event),
    droppedEvents: () => cluster.droppedEvents(),
    logReview: (line: ReviewLine) => log.review(line),
    logError: (error: unknown, message: string) => log.line('error', { err: error }, message),
    log: log.line,
  };
  const webhook = await startWebhook(parts, addresses, installation.shutdownDelayMs);
  const host = ownNamespace === undefined ? undefined : serviceNames(certificates.service, ownNamespace)[0];
  const endTrouble = watchTrouble({ source: certificate, host, log: log.line });
  log.line(
    'info',
    { version, host: addresses.host, port: webhook.port, opsPort: webhook.opsPort },
    'listening',
  );
  log.flush();
  return {
    closeWithinMs: webhook.closeWithinMs,
    async close() {
      log.line('info', { delayMs: installation.shutdownDelayMs }, 'shutting down');
      endTrouble();
      await webhook.close();
      await cluster.stop();
      log.flush();
    },
  };
}
