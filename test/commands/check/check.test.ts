import { describe, expect, it } from 'vitest';
import { sendJson, sendStatus, startServer } from '../../kubernetes/http-server.ts';
import { writeKubeconfig } from '../../kubernetes/kubeconfig.ts';
import { runOutrigger } from '../run-outrigger.ts';

interface Cluster {
  /** What dry runs come to, one after the other; the last goes on. */
  readonly pods: readonly ('injected' | 'plain' | { readonly status: number; readonly message: string })[];
  readonly namespace?: Readonly<Record<string, string>>;
  readonly entry?: object;
}

/** The API server as far as the command sees it. @returns its kubeconfig, and what it was asked */
async function startCluster({ pods, namespace, entry }: Cluster) {
  const asked: string[] = [];
  let dryRuns = 0;
  const server = await startServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const path = request.url ?? '';
    if (request.method === 'POST') {
      const answer = pods[Math.min(dryRuns++, pods.length - 1)]!;
      if (typeof answer === 'object') return sendStatus(response, answer.status, answer.message);
      const initContainers = answer === 'injected' ? [{ name: 'outrigger-proxy' }] : [];
      return sendJson(response, { spec: { initContainers, containers: [{ name: 'check' }] } }, 201);
    }
    if (path.startsWith('/api/v1/namespaces/'))
      return namespace === undefined
        ? sendStatus(response, 403, 'namespaces is forbidden')
        : sendJson(response, { metadata: { labels: namespace } });
    return entry === undefined
      ? sendStatus(response, 404, 'not found')
      : sendJson(response, {
          webhooks: [{ clientConfig: { service: { path: '/mutate/labelled' } }, ...entry }],
        });
  });
  return { kubeconfig: await writeKubeconfig({ server: server.url }), asked };
}

async function check(cluster: Cluster, ...args: string[]) {
  const { kubeconfig, asked } = await startCluster(cluster);
  const base = ['check', '--webhook', '--namespace=shop', `--kubeconfig=${kubeconfig}`];
  return { ...(await runOutrigger([...base, ...args])), asked };
}

const on = { 'linkerd.io/inject': 'enabled' };
const leftOut = {
  matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['shop'] }],
};

describe('outrigger check --webhook', () => {
  it('says yes on stdout, after one dry run that stores nothing', async () => {
    const { code, stdout, asked } = await check({ pods: ['injected'] });
    expect([code, stdout]).toEqual([0, 'a pod in namespace shop comes back with the sidecar\n']);
    expect(asked).toEqual(['POST /api/v1/namespaces/shop/pods?dryRun=All']);
  });

  it.each<[string, Cluster, RegExp]>([
    [
      'no label',
      { pods: ['plain'], namespace: {}, entry: {} },
      /linkerd\.io\/inject: enabled on the namespace, which has no such label/,
    ],
    [
      'another label',
      { pods: ['plain'], namespace: { 'linkerd.io/inject': 'yes' }, entry: {} },
      /which says "yes"/,
    ],
    [
      'an opt-out',
      {
        pods: ['plain'],
        namespace: { ...on, 'config.linkerd.io/admission-webhooks': 'disabled' },
        entry: {},
      },
      /labelled config\.linkerd\.io\/admission-webhooks: disabled/,
    ],
    [
      'no configuration',
      { pods: ['plain'], namespace: on },
      /no mutatingwebhookconfiguration outrigger-injector-linkerd-io/,
    ],
    [
      'a namespace left out',
      { pods: ['plain'], namespace: on, entry: { namespaceSelector: leftOut } },
      /leaves out/,
    ],
    [
      'a failure passed over',
      { pods: ['plain'], namespace: on, entry: { failurePolicy: 'Ignore' } },
      /although.*failurePolicy: Ignore/,
    ],
    [
      'no rights to look',
      { pods: ['plain'], entry: { failurePolicy: 'Fail' } },
      /the webhook was not asked, or its failure is passed over/,
    ],
    [
      'no namespace',
      { pods: [{ status: 404, message: 'namespaces "shop" not found' }] },
      /there is no namespace shop/,
    ],
    [
      'no rights',
      { pods: [{ status: 403, message: 'cannot create resource' }] },
      /before any webhook was asked \(cannot create/,
    ],
    [
      'a webhook that fails',
      { pods: [{ status: 500, message: 'failed calling webhook "labelled.outrigger.dev": x509: expired' }] },
      /do not trust each other's certificates.*\(failed calling webhook "labelled\.outrigger\.dev": x509: expired\)/,
    ],
  ])('tells of %s on stderr, and exits 1', async (_, cluster, sentence) => {
    const { code, stdout, stderr } = await check(cluster);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('goes on asking as long as it may', async () => {
    const soon: Cluster = { pods: ['plain', 'injected'], namespace: on, entry: {} };
    expect(await check(soon)).toMatchObject({ code: 1 });
    expect(await check(soon, '--wait=20s')).toMatchObject({ code: 0 });
  });

  it.each([
    [['check'], /name what to check: --webhook/],
    [['check', '--webhook', '--wait=5'], /--wait: "5" is not a duration/],
    [['check', '--webhook', 'shop'], /"shop" is not expected here/],
  ])('%j is a mistake of usage', async (args, sentence) => {
    const { code, stderr } = await runOutrigger(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
  });
});
