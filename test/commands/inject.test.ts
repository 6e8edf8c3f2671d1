import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { onTestFinished, describe, expect, it } from 'vitest';
import { createSelfSigned } from '../../src/certs/self-signed.ts';
import { makeFolder, writeText } from './files.ts';
import { runOutrigger } from './run-outrigger.ts';

const deployment = `# the shop's front
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata:
      labels: {app: web} # ours
    spec:
      containers: [{name: web, image: 'web:1'}]
`;
const annotated = deployment.replace(
  '      labels:',
  '      annotations:\n        linkerd.io/inject: enabled\n      labels:',
);
const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n';
const hostNetwork = deployment.replace('containers:', 'hostNetwork: true\n      containers:');

const stdin = (text: string, ...args: string[]) => runOutrigger(['inject', '-', ...args], { stdin: text });

const namespace = (name: string, more = ''): string =>
  `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n${more}`;

describe('inject', () => {
  it('annotates a file and reports on stderr', async () => {
    const file = await writeText(deployment);
    const { code, stdout, stderr } = await runOutrigger(['inject', file, '--skip-outbound-ports=4406']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: annotated.replace(
        'enabled\n',
        "enabled\n        config.linkerd.io/skip-outbound-ports: '4406'\n",
      ),
    });
    expect(stderr).toBe(`${file}:2:1: deployment/web annotated: skip-outbound-ports 4406\n`);
  });

  it('says nothing with --quiet', async () => {
    expect(await stdin(deployment, '--quiet')).toEqual({ code: 0, stdout: annotated, stderr: '' });
  });

  it('passes what is none of its kinds byte for byte, also of another group', async () => {
    const others = `${service}---\n# alien\napiVersion: jobs.example.org/v1\nkind: Job\nspec: {template: {}}\n---\napiVersion: serving.knative.dev/v1\nkind: Service\nspec: {template: {spec: {}}}\n--- \n\n`;
    expect(await stdin(others)).toEqual({ code: 0, stdout: others, stderr: '' });
  });

  it('takes an empty list as a value', async () => {
    const { stdout } = await stdin(deployment, '--skip-outbound-ports=', '--quiet');
    expect(stdout).toContain("config.linkerd.io/skip-outbound-ports: ''");
  });

  it('labels a Namespace, and leaves those of the system and those that say disabled alone', async () => {
    const off = namespace('calm', '  labels: {linkerd.io/inject: disabled}\n');
    const { stdout, stderr } = await stdin(
      [namespace('shop'), namespace('kube-system'), off].join('---\n'),
      '--opaque-ports=default,5672',
    );
    const labelled = namespace('shop').replace(
      'metadata:\n',
      "metadata:\n  annotations:\n    config.linkerd.io/opaque-ports: 'default,5672'\n  labels:\n    linkerd.io/inject: enabled\n",
    );
    expect(stdout).toBe([labelled, namespace('kube-system'), off].join('---\n'));
    expect(stderr).toContain('namespace/kube-system left alone: namespaces of the system are never injected');
    expect(stderr).toContain('namespace/calm left alone: the namespace says disabled');
  });

  it('refuses a bad value on a Namespace, as the webhook does when it is written', async () => {
    const bad = namespace('shop').replace(
      'name: shop',
      "name: shop\n  annotations: {config.linkerd.io/opaque-ports: '4406x', other: x y}",
    );
    const { code, stdout, stderr } = await stdin(bad + '---\n' + deployment);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(
      'namespace/shop: namespace annotation config.linkerd.io/opaque-ports: "4406x" is not',
    );
    expect((await stdin(bad, '--opaque-ports=4406')).code).toBe(0);
  });

  it('leaves alone what says disabled', async () => {
    const text = deployment.replace('labels:', 'annotations: {linkerd.io/inject: disabled}\n      labels:');
    const { code, stdout, stderr } = await stdin(text);
    expect({ code, stdout }).toEqual({ code: 0, stdout: text });
    expect(stderr).toContain('deployment/web left alone: the pod says disabled');
  });

  it('fails on what cannot be injected, with nothing on stdout and both ways out', async () => {
    const { code, stdout, stderr } = await stdin(`${deployment}---\n${hostNetwork}`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /outrigger: stdin:13:1: deployment\/web cannot be injected: the pod uses the host's network.*linkerd\.io\/inject: disabled, or use --allow-skipped$/mu,
    );
  });

  it('passes it with --allow-skipped', async () => {
    const { code, stdout } = await stdin(`${deployment}---\n${hostNetwork}`, '--allow-skipped');
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${annotated}---\n${hostNetwork}` });
  });

  it('refuses a bad value that stands there, naming the annotation', async () => {
    const text = deployment.replace(
      'labels:',
      'annotations: {config.linkerd.io/skip-outbound-ports: 4406x}\n      labels:',
    );
    const { code, stdout, stderr } = await stdin(text);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(
      'stdin:2:1: deployment/web: pod annotation config.linkerd.io/skip-outbound-ports: "4406x"',
    );
  });

  it('prints a diff with the line numbers of the file', async () => {
    const { stdout } = await stdin(`${service}---\n${deployment}---\n${deployment}`, '--diff');
    expect(stdout).toContain('--- stdin\n+++ stdin (changed)\n');
    expect(stdout.match(/^@@.*$/gmu)).toEqual(['@@ -9,6 +9,8 @@', '@@ -20,6 +22,8 @@']);
    expect(stdout.match(/^\+ .*$/gmu)).toHaveLength(4);
    expect(stdout).not.toContain('\u001B');
  });

  it('writes one document as an object and several as a List', async () => {
    const one = await stdin(deployment, '-o', 'json');
    expect(JSON.parse(one.stdout)).toMatchObject({
      kind: 'Deployment',
      spec: { template: { metadata: { annotations: { 'linkerd.io/inject': 'enabled' } } } },
    });
    const two = await stdin(`${service}---\n\n---\n${deployment}`, '--output=json');
    expect(JSON.parse(two.stdout)).toMatchObject({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ kind: 'Service' }, { kind: 'Deployment' }],
    });
  });

  it('reads and writes numbers as kubectl does', async () => {
    const text = `${service}spec: {a: yes, b: 010, c: 1_000, d: 9223372036854775807, e: 1:30}\n`;
    const { stdout } = await stdin(text, '-o', 'json');
    expect(stdout.replaceAll(/\s/gu, '')).toContain(
      '"spec":{"a":true,"b":8,"c":1000,"d":9223372036854775807,"e":"1:30"}',
    );
  });

  it('keeps to the domain of the installation', async () => {
    const config = await writeText('annotationDomain: mesh.example.org\n');
    const { stdout } = await stdin(deployment, '--config', config, '--proxy-log-level=info', '--quiet');
    expect(stdout).toContain(
      '        mesh.example.org/inject: enabled\n        config.mesh.example.org/proxy-log-level: info\n',
    );
  });

  it('explains every flag', async () => {
    const { stdout } = await runOutrigger(['inject', '--help']);
    expect(stdout).toMatch(/-o, --output yaml\|json/u);
    expect(stdout).toMatch(/--proxy-additional-env JSON/u);
    expect(stdout).toContain(
      'outrigger inject deployment.yml --skip-outbound-ports=4406 | kubectl apply -f -',
    );
  });
});

describe('inject --manual', () => {
  it('warns of tcpSocket probes, which only the webhook rewrites', async () => {
    const pod =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a, readinessProbe: {tcpSocket: {port: 80}}}]}\n';
    const told = 'always passes through the proxy';
    expect((await stdin(pod, '--manual')).stderr).toContain(told);
    expect((await stdin(pod)).stderr).not.toContain(told);
  });

  it('is taken out again by uninject, byte for byte', async () => {
    const { stdout } = await stdin(deployment, '--manual', '--quiet', '--skip-outbound-ports=4406');
    expect(stdout).toContain('- name: outrigger-proxy');
    const back = await runOutrigger(['uninject', '-', '--quiet'], { stdin: stdout });
    expect(back).toEqual({ code: 0, stdout: deployment, stderr: '' });
  });

  it('changes nothing the second time, and upgrades what is old', async () => {
    const { stdout } = await stdin(deployment, '--manual', '--quiet');
    expect((await stdin(stdout, '--manual')).stdout).toBe(stdout);
    const upgraded = await stdin(stdout, '--manual', '--proxy-log-level=info');
    expect(upgraded.stdout).toContain('config.linkerd.io/proxy-log-level: info');
    expect(upgraded.stdout.match(/- name: outrigger-proxy/gu)).toHaveLength(1);
    const back = await runOutrigger(['uninject', '-'], { stdin: upgraded.stdout });
    expect(back.stdout).toBe(deployment);
  });
});

describe('where manifests come from', () => {
  it('reads a folder in the order of names, deeper ones too, and puts --- where it is missing', async () => {
    const folder = await makeFolder();
    const write = (name: string, text: string) => writeFile(path.join(folder, name), text);
    await mkdir(path.join(folder, 'b'));
    await mkdir(path.join(folder, '.git'));
    await write('c.yml', `---\n${service}`);
    await write('a.yaml', service.trimEnd());
    await write('b/x.json', '{"kind": "Service", "apiVersion": "v1"}\n');
    await write('.hidden.yaml', '{{');
    await write('.git/x.yaml', '{{');
    await write('notes.txt', '{{');
    const { code, stdout } = await runOutrigger(['inject', folder]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${service}---\n{"kind": "Service", "apiVersion": "v1"}\n---\n${service}`,
    });
  });

  it('reads https addresses, and says what a server answers', async () => {
    const { ca, cert, key } = await createSelfSigned({ names: ['localhost'] });
    const server = createServer({ cert, key }, ({ url }, response) => {
      if (url === '/there') response.end(deployment);
      else if (url === '/moved') response.writeHead(302, { location: '/there' }).end();
      else if (url === '/down') response.writeHead(302, { location: 'http://localhost/x' }).end();
      else response.writeHead(404).end('no');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const env = { NODE_EXTRA_CA_CERTS: await writeText(ca, 'ca.pem') };
    const get = (url: string) => runOutrigger(['inject', `https://localhost:${port}${url}`], { env });
    expect((await get('/there')).stdout).toBe(annotated);
    expect((await get('/moved')).stdout).toBe(annotated);
    expect(await get('/gone')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('/gone: the server answers 404 Not Found') as string,
    });
    expect((await get('/down')).stderr).toContain('it redirects to http://localhost/x, which is not https');
  });

  it('does not write half of its output', async () => {
    const { code, stdout, stderr } = await stdin(`${deployment}---\na: [\n---\n${service}x: 1\nx: 2\n`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/stdin:13:1: /u);
    expect(stderr).toContain('stdin:18:1: this key is given twice, and kubectl would silently take the last');
  });
});

describe('what cannot be read', () => {
  it.each<[string, string, string]>([
    [
      'a template',
      'a: {{ .Values.a }}\n',
      'stdin:1:5: a collection stands as a key: this looks like a template; render the chart first',
    ],
    ['a template on lines of its own', 'a:\n{{- if .x }}\n  b: 1\n{{- end }}\n', 'render the chart first'],
    ['a list as a key', '? [a, b]\n: c\n', 'stdin:1:3: a collection stands as a key'],
    ['a tab', 'a:\n\tb: 1\n', 'stdin:2:1: a tab cannot indent YAML; use spaces'],
    ['nothing', '', 'stdin: no document in it'],
    ['comments only', '# a\n---\n# b\n', 'stdin: no document in it'],
    ['a zero byte', 'a: \0\n', 'stdin:1: a zero byte: this is no text file'],
    [
      'an alias without an anchor',
      'a: *b\nc: &b 1\n',
      'stdin:1:4: *b stands for nothing: no &b comes before it',
    ],
    ['infinity', 'a: .inf\n', 'stdin:1:4: .inf has no place in JSON'],
    [
      'a number where a text must be',
      deployment.replace('{app: web}', '{app: 1}'),
      'spec.template.metadata.labels.app is not',
    ],
  ])('is told with its place: %s', async (_, text, message) => {
    const { code, stdout, stderr } = await stdin(text);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`outrigger: ${message.startsWith('stdin') ? message : ''}`);
    expect(stderr).toContain(message);
  });

  const latin = Buffer.from('# f\xFCr\na: 1\n', 'latin1');
  it.each<[string, Uint8Array, string]>([
    ['Latin 1', latin, ':1: this is not UTF-8; save the file as UTF-8'],
    [
      'Latin 1 in the second document',
      Buffer.concat([Buffer.from(`${service}---\n`), latin]),
      ':5: this is not UTF-8',
    ],
    ['a character that is cut off', Buffer.from('a: ü').subarray(0, 4), ':1: this is not UTF-8'],
    ['half a surrogate pair', Buffer.from([0x61, 0x3a, 0x20, 0xed, 0xa0, 0x80]), ':1: this is not UTF-8'],
    ['UTF-16', Buffer.from('a: 1\n', 'utf16le'), ':1: a zero byte: this is no text file'],
    ['an archive', gzipSync(deployment), 'this is no text file'],
    [
      'a picture',
      Buffer.from('\x89PNG\r\n\x1A\n\0\0\0\rIHDR', 'latin1'),
      ': a zero byte: this is no text file',
    ],
    ['what a generator makes of bytes', Buffer.from([0xff, 0xfe, 0xfd]), ':1: this is not UTF-8'],
  ])('is no text, and nothing of the other files is written: %s', async (_, bytes, message) => {
    const file = await writeText(bytes, 'broken.yaml');
    const result = await runOutrigger(['inject', await writeText(deployment), file]);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain(`outrigger: ${file}:`);
    expect(result.stderr).toContain(message);
  });

  it('may be any text in UTF-8, wherever a chunk of it ends', async () => {
    const text = `${service}# ${'aü€😀'.repeat(20_000)}\n---\n${deployment}`;
    const { code, stdout } = await runOutrigger(['inject', await writeText(text)]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: text.replace(deployment, annotated) });
  });

  it('is told of a file that is not there, and of a folder with other files', async () => {
    const missing = await runOutrigger(['inject', 'no-such.yaml']);
    expect(missing).toMatchObject({ code: 1, stderr: 'outrigger: no-such.yaml: no such file\n' });
    const folder = await makeFolder();
    const empty = await runOutrigger(['inject', folder]);
    expect(empty.stderr).toContain(`${folder}: no *.yaml, *.yml or *.json in this folder`);
  });
});

describe('misuse', () => {
  it.each<[string[], string]>([
    [[], 'name a FILE, a folder, an https:// address, or - for standard input'],
    [['-', '-'], '- is given twice'],
    [
      ['-', '--skip-outbond-ports=1'],
      '--skip-outbond-ports is not a flag; did you mean --skip-outbound-ports?',
    ],
    [['-', '--skip-outbound-ports=44o6'], '--skip-outbound-ports: "44o6" is not a port'],
    [['-', '--proxy-uid=0', '--proxy-cpu-limit=much'], '--proxy-cpu-limit: "much" is not a quantity'],
    [['-', '--diff', '-o', 'yaml'], '--diff and --output exclude each other'],
    [['-', '-o', 'xml'], '--output: "xml" is not one of yaml, json'],
    [['-', '-x'], '-x is not a flag'],
    [['http://example.org/x.yaml'], 'only https:// is read'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await runOutrigger(['inject', ...args], { stdin: deployment });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
