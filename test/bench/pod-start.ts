/**
 * `node test/bench/pod-start.ts`: what the sidecar adds to the time from a pod's creation to its readiness, on a
 * node with a real kubelet. Needs root. Pods of three kinds are created in turns, one at a time, ROUNDS of each:
 * without anything of ours, with ours, and with an init container and a sidecar that do nothing, because a kubelet
 * looks once a second at what its containers do, and these are two steps more. WRITE=1 puts the figures into README.
 */
import { enabled } from '../e2e/api/pods.ts';
import { applyManifests, createNamespace, type Manifest } from '../e2e/cluster/objects.ts';
import { appContainer, webContainer } from '../e2e/pods/apps.ts';
import { isReady, waitForPodsThat } from '../e2e/pods/pods.ts';
import { startPodsRig, type PodsRig } from '../e2e/pods/rig.ts';
import { reportFigures } from './figures.ts';
import { median, type Row } from './table.ts';

const rounds = Number(process.env['ROUNDS'] ?? 7);
const kinds = ['plain', 'idle', 'injected'] as const;

type Kind = (typeof kinds)[number];

/** What does nothing: an init container that exits at once, and a sidecar without probes. */
const idle = [
  appContainer('init', ['nothing']),
  appContainer('sidecar', ['serve'], { restartPolicy: 'Always' }),
];

/** Milliseconds from creation to readiness, as a client of the API sees it. */
async function measureStart({ cp }: PodsRig, namespace: Kind, round: number): Promise<number> {
  const name = `web-${round}`;
  const pod: Manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      ...(namespace === 'idle' && { initContainers: idle }),
      containers: [webContainer()],
      terminationGracePeriodSeconds: 0,
    },
  };
  const startedAt = performance.now();
  await applyManifests(cp, [pod]);
  await waitForPodsThat(cp, { namespace, app: name }, isReady);
  const took = performance.now() - startedAt;
  await cp.kubectlOk(['delete', 'pod', name, `--namespace=${namespace}`, '--now']);
  return took;
}

function row(what: string, ms: number): Row {
  return { what, measured: `${ms.toFixed(0)} ms`, reach: '≤ 1000 ms', ok: ms <= 1000 };
}

function rowsOf(measured: readonly Record<Kind, number>[]): Row[] {
  const plain = median(measured.map((took) => took.plain));
  const added = (over: Kind): number => median(measured.map((took) => took.injected - took[over]));
  return [
    row(`added to a pod’s start (${plain.toFixed(0)} ms), creation to readiness`, added('plain')),
    row('of that, more than an init container and a sidecar that do nothing', added('idle')),
  ];
}

const awake = setInterval(() => undefined, 60_000);
const rig = await startPodsRig();
try {
  for (const kind of kinds)
    await createNamespace(rig.cp, kind, { labels: kind === 'injected' ? enabled : {} });
  const measured: Record<Kind, number>[] = [];
  // The first of each warms up.
  for (let round = 0; round <= rounds; round += 1) {
    const took = { plain: 0, idle: 0, injected: 0 };
    for (const kind of kinds) took[kind] = await measureStart(rig, kind, round);
    process.stderr.write(`${JSON.stringify(took)}\n`);
    if (round > 0) measured.push(took);
  }
  reportFigures('a pod’s start', rowsOf(measured));
} finally {
  await rig.stop();
  clearInterval(awake);
}
