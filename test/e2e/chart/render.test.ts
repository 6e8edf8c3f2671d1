/**
 * What helm renders. Goldens are compared as text; `OUTRIGGER_UPDATE_GOLDEN=1` writes them anew: read the difference
 * before you commit it.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configurationNameOf } from '../../../src/commands/check/untouched.ts';
import { envoy } from '../../../src/proxy/envoy/backend.ts';
import { readInstallation } from '../../../src/settings/config.ts';
import {
  chartDir,
  helmVersions,
  objectOf,
  objectsIn,
  openHelm,
  template,
  templateArgs,
  type Helm,
} from './helm.ts';

const golden = (...names: string[]) => join(import.meta.dirname, 'golden', ...names);
const cases = ['default', 'provided', 'cert-manager', 'everything'];
const isUpdate = process.env['OUTRIGGER_UPDATE_GOLDEN'] === '1';

/** Sorted, as the two helms put kinds that they do not know in different places. */
const documentsIn = (text: string) => text.split(/^---$/mu).toSorted();

async function valuesOf(name: string): Promise<object> {
  return parse(await readFile(golden(name, 'values.yaml'), 'utf8')) as object;
}

it('there is a case for each folder of goldens', async () => {
  expect((await readdir(golden())).toSorted()).toEqual(cases.toSorted());
});

describe.each(helmVersions)('%s', (version) => {
  let helm: Helm;
  beforeAll(async () => {
    helm = await openHelm(version);
  });
  afterAll(() => helm?.close());

  it('lints the chart without a warning', async () => {
    expect(await helm.ok(['lint', '--strict', chartDir])).toContain('1 chart(s) linted, 0 chart(s) failed');
  });

  it.each(cases)('renders %s as its golden shows', async (name) => {
    const file = golden(name, 'expected.yaml');
    const rendered = await template(helm, await valuesOf(name));
    if (isUpdate && version === 'helm 4') await writeFile(file, rendered);
    expect(documentsIn(rendered)).toEqual(documentsIn(await readFile(file, 'utf8')));
  });

  it.each(cases)('renders %s twice with the same bytes', async (name) => {
    const values = await valuesOf(name);
    expect(await template(helm, values)).toBe(await template(helm, values));
  });

  it('renders the chart inside another, which adds `global` and `enabled`', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'outrigger-e2e-chart-'));
    try {
      const dependencies = [{ name: 'outrigger', version: '>=0', condition: 'outrigger.enabled' }];
      const chart = { apiVersion: 'v2', name: 'platform', version: '1.0.0', dependencies };
      const values = { global: { region: 'here' }, outrigger: { enabled: true, replicas: 3 } };
      await writeFile(join(parent, 'Chart.yaml'), JSON.stringify(chart));
      await writeFile(join(parent, 'values.yaml'), JSON.stringify(values));
      await mkdir(join(parent, 'charts'));
      await symlink(chartDir, join(parent, 'charts', 'outrigger'));
      const text = await helm.ok(['template', 'platform', parent, '--namespace=platform']);
      const deployment = objectOf(objectsIn(text), 'Deployment');
      expect(deployment).toMatchObject({
        metadata: { name: 'platform-outrigger', namespace: 'platform' },
        spec: { replicas: 3 },
      });
      const off = await helm.ok(['template', 'platform', parent, '--set=outrigger.enabled=false']);
      expect(objectsIn(off)).toEqual([]);
    } finally {
      await rm(parent, { recursive: true });
    }
  });
});

describe('the rendered configuration file', () => {
  let helm: Helm;
  beforeAll(async () => {
    helm = await openHelm();
  });
  afterAll(() => helm?.close());

  it.each(cases)(
    'of %s is one that the program reads, and starts the pods anew when it changes',
    async (name) => {
      const values = await valuesOf(name);
      const render = async (more: object) => {
        const objects = objectsIn(await template(helm, { ...values, ...more }));
        const { data } = objectOf(objects, 'ConfigMap') as unknown as { data: { 'config.yaml': string } };
        const { spec } = objectOf(objects, 'Deployment') as unknown as {
          spec: { template: { metadata: { annotations: Record<string, string> } } };
        };
        return { file: data['config.yaml'], checksum: spec.template.metadata.annotations['checksum/config'] };
      };
      const { file, checksum } = await render({});
      expect(readInstallation(parse(file), envoy.defaults)).toMatchObject({ ok: true });
      expect((await render({ replicas: 7 })).checksum).toBe(checksum);
      const changed = await render({ config: { defaults: { 'proxy-log-level': 'info' } } });
      expect(changed.checksum).not.toBe(checksum);
    },
  );

  const provided = {
    source: 'provided',
    provided: { secretName: 'tls', caBundle: '-----BEGIN CERTIFICATE-----' },
  };
  const bad: readonly [string, object, RegExp][] = [
    ['no replica', { replicas: 0 }, /replicas.*minimum/u],
    ['a typo', { replica: 3 }, /additional properties 'replica' not allowed/u],
    [
      'a typo in the configuration',
      { config: { backends: 'envoy' } },
      /additional properties 'backends' not allowed/u,
    ],
    ['an unknown setting', { config: { defaults: { 'skip-ports': '1' } } }, /'skip-ports' not allowed/u],
    [
      'a bad domain',
      { config: { annotationDomain: 'Linkerd.io' } },
      /annotationDomain.*does not match pattern/u,
    ],
    ['a bad failure policy', { webhook: { failurePolicy: 'fail' } }, /failurePolicy.*'Fail', 'Ignore'/u],
    [
      'certificate keys of the chart',
      { config: { certificates: { secret: 'x' } } },
      /additional properties 'secret' not allowed/u,
    ],
    [
      'any free port',
      { config: { server: { port: 0 } } },
      /server\.port: 0 is any free port, which no Service finds/u,
    ],
    [
      'one port for two',
      { config: { server: { port: 9995 } } },
      /server\.port and config\.server\.opsPort are both 9995; the webhook needs two ports/u,
    ],
    [
      'a time that is none',
      { config: { server: { shutdownDelay: '5' } } },
      /shutdownDelay: "5" is not a duration; write a number with its unit/u,
    ],
    [
      'a time without end',
      { config: { server: { shutdownDelay: '6m' } } },
      /shutdownDelay: "6m" is out of bounds; allowed are 0 to 300s/u,
    ],
    [
      'a certificate of nobody',
      { certificates: { source: 'provided' } },
      /provided\.secretName must name the Secret that holds the certificate/u,
    ],
    [
      'a CA of nobody',
      { certificates: { ...provided, provided: { secretName: 'tls', caBundle: 'x' } } },
      /provided\.caBundle must be the CA's certificate \(PEM\)/u,
    ],
    [
      'an issuer of nobody',
      { certificates: { source: 'certManager' } },
      /certManager\.issuer\.name must name an Issuer/u,
    ],
    [
      'clients without their CA',
      { clientCA: { names: ['x'] } },
      /clientCA\.names are given without clientCA\.secretName/u,
    ],
    [
      'no account',
      { serviceAccount: { create: false } },
      /serviceAccount\.name must name the account to use/u,
    ],
  ];
  it.each(bad)('%s fails when it is rendered', async (_, values, sentence) => {
    const { code, stderr } = await helm.run(templateArgs(), JSON.stringify(values));
    expect(code).not.toBe(0);
    expect(stderr).toMatch(sentence);
  });

  const graceOf = async (shutdownDelay: string) => {
    const objects = objectsIn(await template(helm, { config: { server: { shutdownDelay } } }));
    const { spec } = objectOf(objects, 'Deployment') as unknown as {
      spec: { template: { spec: { terminationGracePeriodSeconds: number } } };
    };
    return spec.template.spec.terminationGracePeriodSeconds;
  };

  it('gives the shutdown the time that it takes', async () => {
    const rows = [
      ['0', 35],
      ['5s', 40],
      ['1500ms', 37],
      ['1m0.5s', 96],
      ['.05h', 215],
    ] as const;
    for (const [delay, grace] of rows) expect([delay, await graceOf(delay)]).toEqual([delay, grace]);
  });
});

it.each(['linkerd.io', 'a-b.c', 'a.b-c'])(
  'the configurations of domain %s have the name that `outrigger check` looks for',
  async (annotationDomain) => {
    const helm = await openHelm();
    try {
      const objects = objectsIn(await template(helm, { config: { annotationDomain } }));
      for (const kind of ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'])
        expect(objectOf(objects, kind).metadata.name).toBe(configurationNameOf(annotationDomain));
    } finally {
      await helm.close();
    }
  },
);

describe('rights', () => {
  let helm: Helm;
  beforeAll(async () => {
    helm = await openHelm();
  });
  afterAll(() => helm?.close());

  const always = [
    { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create'] },
  ];
  const rulesOf = async (values: object) => {
    const objects = objectsIn(await template(helm, values)).filter(
      ({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined,
    );
    const of = (kind: string) =>
      objects.filter((one) => one.kind === kind).flatMap((one) => one['rules'] as object[]);
    return { cluster: of('ClusterRole'), own: of('Role') };
  };

  it('with the program’s own certificates are on its own Secret and configurations', async () => {
    expect(await rulesOf({})).toEqual({
      cluster: [
        ...always,
        {
          apiGroups: ['admissionregistration.k8s.io'],
          resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
          resourceNames: ['outrigger-injector-linkerd-io'],
          verbs: ['get', 'list', 'watch', 'patch'],
        },
      ],
      own: [
        {
          apiGroups: [''],
          resources: ['secrets'],
          resourceNames: ['outrigger-certificate'],
          verbs: ['get', 'list', 'watch', 'update'],
        },
        { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
      ],
    });
  });

  it.each(['provided', 'cert-manager'])('with certificates of others (%s) are none', async (name) => {
    expect(await rulesOf(await valuesOf(name))).toEqual({ cluster: always, own: [] });
  });
});
