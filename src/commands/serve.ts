/** `outrigger serve`: the webhook, in a cluster or with namespaces from a file. */
import type { ClientCaSource } from '../certs/client-ca.ts';
import { OutriggerError } from '../errors.ts';
import type { InjectContext } from '../inject/context.ts';
import { inject } from '../inject/inject.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { envoy } from '../proxy/envoy/backend.ts';
import type { Installation } from '../settings/config.ts';
import type { ReviewEvent, ReviewLine } from '../webhook/dependencies.ts';
import {
  makeCertificate,
  openCertificateFiles,
  openClientCa,
  type OpenedCertificate,
} from './certificate.ts';
import { connectCluster, openOffline, startCluster, type Cluster } from './cluster.ts';
import { cannotWrite } from './cannot-write.ts';
import type { Command, Running, Terminal } from './command.ts';
import { createContext } from './context.ts';
import { describeFlags, parseFlags, type FlagValues } from './flags.ts';
import { loadInstallation } from './installation.ts';
import { createLog, type Log, type LogLine } from './log.ts';
import { version } from './package.ts';
import { startWebhook } from './webhook.ts';

const flags = {
  config: { value: 'FILE', doc: "the installation's settings (YAML)" },
  host: { value: 'ADDRESS', doc: 'the address to listen on (0.0.0.0)' },
  port: { value: 'PORT', doc: 'the port of the webhook, HTTPS (8443)' },
  'ops-port': { value: 'PORT', doc: 'the port of /live, /ready and /metrics, plain HTTP (9995)' },
  cert: { value: 'FILE', doc: 'the serving certificate (PEM); read again when it changes' },
  key: { value: 'FILE', doc: "the certificate's key (PEM)" },
  'self-signed': { doc: 'make a certificate in memory and print its CA' },
  'client-ca': {
    value: 'FILE',
    doc: 'only clients with a certificate of this CA (PEM) are answered; read again when it changes',
  },
  'client-name': {
    value: 'NAMES',
    doc: 'with --client-ca: only those of one of these names (CN or DNS), with commas',
  },
  kubeconfig: { value: 'FILE', doc: "how to reach the cluster; without it, the pod's own service account" },
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
    '  outrigger serve --self-signed --kubeconfig ~/.kube/config',
    '  outrigger serve --self-signed --offline --namespaces examples/namespaces.yaml',
  ].join('\n'),
  async run(argv, terminal) {
    const values = parseFlags(flags, argv);
    checkCombinations(values);
    const log = createLog();
    return start(values, await readSettings(values, log.line), log, terminal);
  },
};

function checkCombinations(values: ServeFlags): void {
  const errors = [
    ...(values['self-signed'] && (values.cert ?? values.key) !== undefined
      ? ['--self-signed makes its own certificate; leave out --cert and --key, or leave out --self-signed']
      : []),
    ...(!values['self-signed'] && (values.cert === undefined || values.key === undefined)
      ? ['a certificate is needed: --cert FILE and --key FILE, or --self-signed']
      : []),
    ...(values['client-name'] !== undefined && values['client-ca'] === undefined
      ? ['--client-name needs --client-ca FILE: without it no client has to show a certificate']
      : []),
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
  readonly certificate: OpenedCertificate;
  readonly clientCa: ClientCaSource | undefined;
  readonly cluster: Cluster | KubernetesClient;
}

/** Reads everything there is to read before listening, and names all that is wrong at once. */
async function readSettings(values: ServeFlags, log: LogLine): Promise<ServeSettings> {
  const { cert = '', key = '', namespaces = '' } = values;
  const reading = [
    loadInstallation(values.config, envoy),
    values['self-signed'] ? makeCertificate() : openCertificateFiles(cert, key, log),
    values.offline ? openOffline(namespaces) : connectCluster(values.kubeconfig),
    values['client-ca'] === undefined ? Promise.resolve(undefined) : openClientCa(values['client-ca'], log),
  ] as const;
  throwTogether(await Promise.allSettled(reading));
  const [installation, certificate, cluster, clientCa] = await Promise.all(reading);
  return { installation, certificate, cluster, clientCa };
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

async function start(
  values: ServeFlags,
  settings: ServeSettings,
  log: Log,
  terminal: Terminal,
): Promise<Running> {
  const cluster =
    'namespaces' in settings.cluster
      ? settings.cluster
      : await startCluster(settings.cluster, settings.installation.keys, log.line);
  try {
    return await startOn(cluster, values, settings, log, terminal);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/**
 * Without a reader (a closed pipe) the webhook works all the same; a full disk is a mistake of whoever started it.
 * @throws OutriggerError with code `output`
 */
async function checkLog(log: Log): Promise<void> {
  log.line('info', { version }, 'starting');
  const failure = await log.flush();
  if (failure && failure.code !== 'EPIPE') throw cannotWrite(failure);
}

async function startOn(
  cluster: Cluster,
  values: ServeFlags,
  { installation, certificate, clientCa }: ServeSettings,
  log: Log,
  terminal: Terminal,
): Promise<Running> {
  const context = createContext(installation, cluster);
  checkDefaults(context());
  await checkLog(log);
  const { server } = installation.config;
  const addresses = {
    host: values.host ?? server.host,
    port: Number(values.port ?? server.port),
    opsPort: Number(values['ops-port'] ?? server.opsPort),
  };
  const parts = {
    context,
    certificate: certificate.source,
    clientCa,
    clientNames: values['client-name']?.split(',') ?? [],
    namespaces: cluster.namespaces,
    notReady: () => cluster.notReady(),
    recordEvent: (event: ReviewEvent) => cluster.recordEvent(event),
    droppedEvents: () => cluster.droppedEvents(),
    droppedLines: () => log.dropped,
    logReview: (line: ReviewLine) => log.review(line),
    logError: (error: unknown, message: string) => log.line('error', { err: error }, message),
    logWarning: (fields: object, message: string) => log.line('warn', { ...fields }, message),
  };
  const webhook = await startWebhook(parts, addresses, installation.shutdownDelayMs);
  if (certificate.ca !== undefined) terminal.stdout.write(`${certificate.ca.trimEnd()}\n`);
  log.line(
    'info',
    { version, host: addresses.host, port: webhook.port, opsPort: webhook.opsPort },
    'listening',
  );
  void log.flush();
  return {
    closeWithinMs: webhook.closeWithinMs,
    async close() {
      log.line('info', { delayMs: installation.shutdownDelayMs }, 'shutting down');
      await webhook.close();
      await cluster.stop();
      await log.flush();
    },
  };
}
