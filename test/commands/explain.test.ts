import { mkdir, rename } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { onTestFinished, describe, expect, it } from 'vitest';
import { writeText } from './files.ts';
import { runOutrigger } from './run-outrigger.ts';

const namespace = `apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {linkerd.io/inject: enabled}
  annotations: {config.linkerd.io/skip-outbound-ports: 'default,35'}
---
`;
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  annotations: {linkerd.io/inject: enabled}
spec:
  template:
    metadata:
      annotations:
        config.linkerd.io/skip-inbound-ports: default,sql,!3306
        config.linkerd.io/opaque-ports: '8000-8002'
        config.linkerd.io/disable-identity: 'true'
        config.linkerd.io/skip-outbond-ports: '1'
    spec:
      containers:
        - name: web
          ports: [{name: sql, containerPort: 4406}]
`;

const explain = (stdin: string, ...args: string[]) => runOutrigger(['explain', '-', ...args], { stdin });

describe('explain of a folder whose path looks like a kind and a name', () => {
  it('reads the folder', async () => {
    const file = await writeText(deployment, 'deployment.yaml');
    const cwd = path.join(path.dirname(file), 'work');
    await mkdir(path.join(cwd, 'shop', 'web'), { recursive: true });
    await rename(file, path.join(cwd, 'shop', 'web', 'deployment.yaml'));
    for (const word of ['shop/web', './shop/web', 'shop/', 'shop/web/', 'shop/web/deployment.yaml']) {
      const { code, stdout } = await runOutrigger(['explain', word], { cwd });
      expect({ word, code }).toEqual({ word, code: 0 });
      expect(stdout).toContain('deployment/web');
    }
  });

  it('asks which is meant if it is a kind that makes pods', async () => {
    const cwd = path.dirname(await writeText('', 'x'));
    await mkdir(path.join(cwd, 'deployment', 'web'), { recursive: true });
    const { code, stderr } = await runOutrigger(['explain', 'deployment/web'], { cwd });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'outrigger: "deployment/web" is a path, and a Deployment may have that name; write ./deployment/web for the path, deployments/web for the Deployment\n',
    });
  });
});

describe('explain', () => {
  it('tells the decision, each setting and each part of a port set with its origin, and what has no effect', async () => {
    const { code, stdout, stderr } = await explain(namespace + deployment);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'deployment/web (stdin:8:1)',
      '  decision: injected',
      '    pod annotation linkerd.io/inject: absent',
      '    namespace shop linkerd.io/inject: on',
      '  worth knowing:',
      '    pod annotation config.linkerd.io/skip-outbond-ports is unknown; did you mean config.linkerd.io/skip-outbound-ports?',
      "    pod annotation config.linkerd.io/disable-identity means something to Linkerd's own proxy only",
      '    linkerd.io/inject is on the workload, where it does nothing; put it on the pod template',
      '  settings:',
      '    skip-inbound-ports = default,sql,!3306 ← pod annotation config.linkerd.io/skip-inbound-ports',
      '    skip-outbound-ports = default,35 ← namespace annotation config.linkerd.io/skip-outbound-ports',
      '    opaque-ports = 8000-8002 ← pod annotation config.linkerd.io/opaque-ports',
      '  ports:',
      '    in, around the proxy: 4140,4143,4190,4191,4406,4567,4568,5432,33060',
      '      3306, 4567, 4568, 5432, 33060 ← built-in default',
      '      sql (4406), !3306 ← pod annotation config.linkerd.io/skip-inbound-ports',
      "      4140,4143,4190,4191 ← the proxy's own ports, always",
      '    in, as plain TCP: 8000-8002',
      '      8000-8002 ← pod annotation config.linkerd.io/opaque-ports',
      '    out, around the proxy: 35,4567,4568',
      '      4567, 4568 ← built-in default',
      '      35 ← namespace annotation config.linkerd.io/skip-outbound-ports',
      '    out, as plain TCP: 25,514,587,2003,3306,4222,4444,5432,6222,6379,8000-8002,9300,11211,27017',
      '      25, 514, 587, 2003, 3306, 4222, 4444, 5432, 6222, 6379, 9300, 11211, 27017 ← built-in default',
      '      8000-8002 ← pod annotation config.linkerd.io/opaque-ports',
      '  proxy: envoyproxy/envoy:distroless-v1.40.0, native sidecar',
      '',
    ]);
  });

  it('tells of a database whose port is proxied, and of probes that ask the proxy', async () => {
    const proxied = deployment
      .replace(
        '4406}',
        '3306}]\n          readinessProbe: {tcpSocket: {port: 8080}}\n          env: [{name: A, value: b}',
      )
      .replace('default,sql,!3306', 'default,!3306');
    const { stdout } = await explain(namespace + proxied);
    expect(stdout).toContain('    port 3306 is not in skip-inbound-ports, so it is proxied: MySQL sees');
    expect(stdout).toContain(
      '  tcpSocket probes:\n    8080: the proxy dials it every 5 s and answers /probe/tcp/8080 on 4191\n',
    );
  });

  it('shows where the namespace decides, and leaves no question open where the pod does', async () => {
    expect((await explain(deployment)).stdout).toContain('decision: injected, if its namespace asks for it');
    const asked = deployment.replace("disable-identity: 'true'", "x: ''\n        linkerd.io/inject: enabled");
    expect((await explain(asked)).stdout).toContain('  decision: injected\n');
  });

  it('gives every reason and every problem with its code', async () => {
    const skipped = deployment.replace('containers:', 'hostNetwork: true\n      containers:');
    const { stdout } = await explain(namespace + skipped);
    expect(stdout).toContain('  decision: left alone\n');
    expect(stdout).toContain("host_network: the pod uses the host's network");
    const refused = await explain(namespace + deployment.replace('8000-8002', 'nosuch'));
    expect(refused.stdout).toContain('  decision: refused\n');
    expect(refused.stdout).toContain(
      'unknown_port_name: pod annotation config.linkerd.io/opaque-ports: no container',
    );
    const off = await explain(namespace.replace('enabled', 'disabled') + deployment);
    expect(off.stdout).toContain('disabled_on_namespace: ');
  });

  it("prints Envoy's configuration in full", async () => {
    const { stdout } = await explain(deployment, '--bootstrap');
    expect(stdout).toMatch(/^ {2}Envoy's configuration:\n {4}header_prefix: x-outrigger-internal$/mu);
    expect(stdout).toMatch(/^ {4}static_resources:$/mu);
    expect(stdout).not.toMatch(/[&*]a\b/u);
  });

  it('asks a cluster for kind/name and its namespace', async () => {
    const answers: Record<string, unknown> = {
      '/apis/apps/v1/namespaces/shop/deployments/web': {
        metadata: { name: 'web' },
        spec: { template: { spec: { containers: [{ name: 'web' }] } } },
      },
      '/api/v1/namespaces/shop': { metadata: { name: 'shop', labels: { 'linkerd.io/inject': 'disabled' } } },
    };
    const server = createServer(({ url = '' }, response) => {
      response.setHeader('content-type', 'application/json');
      response.statusCode = url in answers ? 200 : 404;
      response.end(JSON.stringify(answers[url] ?? { message: 'not found' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const kubeconfig = await writeText(
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        users: [{ name: 'u', user: {} }],
        'current-context': 'c',
      }),
    );
    const ask = (word: string) => runOutrigger(['explain', word, '-n', 'shop', '--kubeconfig', kubeconfig]);
    const { stdout, stderr } = await ask('deploy/web');
    expect(stderr).toBe('');
    expect(stdout).toContain('deployment/web in shop\n  decision: left alone\n');
    expect(stdout).toContain('disabled_on_namespace: ');
    expect(await ask('deploy/none')).toMatchObject({ code: 1, stdout: '' });
  });

  it.each<[string[], string]>([
    [['deploymnet/web'], '"deploymnet" is not a kind that makes pods; did you mean deployment?'],
    [['-', '-n', 'shop'], '--namespace and --kubeconfig are for kind/name'],
    [[], 'name a FILE'],
  ])('refuses %j as misuse', async (args, message) => {
    const { code, stdout, stderr } = await runOutrigger(['explain', ...args], { stdin: deployment });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('says that there is no pod in the input', async () => {
    const { code, stderr } = await explain(namespace);
    expect(code).toBe(1);
    expect(stderr).toContain('no pod template in the input');
  });
});
