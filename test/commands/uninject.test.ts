import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { inject } from '../../src/inject/inject.ts';
import { contextOf, injected, namespaceOf, podOf } from '../inject/fixtures.ts';
import { readAsKubectl } from '../manifests/fixtures.ts';
import { runOutrigger } from './run-outrigger.ts';

const uninject = (text: string, ...args: string[]) =>
  runOutrigger(['uninject', '-', ...args], { stdin: text });

const podWith = (map: string): string =>
  `kind: Pod\napiVersion: v1\nmetadata: {name: x, annotations: ${map}}\nspec: {}\n`;

describe('uninject', () => {
  it('takes out a pod of the webhook, as kubectl prints it', async () => {
    const pod = podOf({ team: 'shop' }, { volumes: [{ name: 'data', emptyDir: {} }] });
    const namespace = namespaceOf({ 'config.linkerd.io/skip-outbound-ports': '4406' });
    const { pod: changed } = injected(inject(pod, namespace, contextOf()));
    const text = stringify({ apiVersion: 'v1', kind: 'Pod', ...changed }, { lineWidth: 80 });
    const { code, stdout, stderr } = await uninject(text);
    expect(code).toBe(0);
    expect(readAsKubectl(stdout)).toEqual({ apiVersion: 'v1', kind: 'Pod', ...pod });
    expect(stderr).toContain('pod/web uninjected: ');
    expect(stderr).toContain('outrigger-init, outrigger-proxy, outrigger-run, outrigger-no-token');
  });

  it.each([
    ['in lines', (pod: object) => stringify(pod)],
    ['in JSON', (pod: object) => JSON.stringify(pod)],
    ['in braces', (pod: object) => stringify(pod, { collectionStyle: 'flow', lineWidth: 0 })],
  ])('gives back the tcpSocket probes that the webhook has rewritten: %s', async (_, print) => {
    const ports = [{ name: 'sql', containerPort: 4406 }];
    const probes = {
      readinessProbe: { tcpSocket: { port: 'sql' }, periodSeconds: 5 },
      livenessProbe: { initialDelaySeconds: 3, tcpSocket: { port: 8080 } },
      startupProbe: { httpGet: { path: '/x', port: 80 } },
    };
    const pod = podOf({ team: 'shop' }, { containers: [{ name: 'web', image: 'web:1', ports, ...probes }] });
    const { pod: changed } = injected(inject(pod, namespaceOf(), contextOf()));
    expect(JSON.stringify(changed)).toContain('/probe/tcp/4406');
    const { code, stdout, stderr } = await uninject(print({ apiVersion: 'v1', kind: 'Pod', ...changed }));
    expect(code).toBe(0);
    expect(readAsKubectl(stdout)).toEqual({ apiVersion: 'v1', kind: 'Pod', ...pod });
    expect(stderr).toContain('readinessProbe of web, livenessProbe of web');
  });

  it('leaves disabled, others and comments alone', async () => {
    const text = [
      'apiVersion: v1',
      'kind: Pod',
      'metadata:',
      '  annotations: # all of them',
      '    team: shop',
      '    config.linkerd.io/opaque-ports: "1" # by hand',
      '    linkerd.io/inject: disabled',
      '    linkerd.io/created-by: linkerd/cli',
      'spec: {}',
      '',
    ].join('\n');
    const { stdout } = await uninject(text);
    expect(stdout).toBe(text.replace(/.*by hand\n/u, ''));
  });

  it.each([
    ['in braces, in front', '{linkerd.io/inject: enabled, a: b}', '{a: b}'],
    ['in braces, behind', '{a: b, linkerd.io/inject: enabled}', '{a: b}'],
    ['in braces, between', '{a: b, config.linkerd.io/x: "1" , c: d}', '{a: b , c: d}'],
    ['in braces, several', '{ config.linkerd.io/x: "1", linkerd.io/inject: enabled, c: d }', '{ c: d }'],
    ['in braces with a comma at the end', '{a: b, linkerd.io/inject: enabled,}', '{a: b,}'],
  ])('takes out what was written by hand: %s', async (_, before, after) => {
    expect((await uninject(podWith(before))).stdout).toBe(podWith(after));
  });

  it('takes the label from a Namespace, and reports what has nothing of ours', async () => {
    const text =
      'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n  labels:\n    linkerd.io/inject: enabled\n    a: b\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: z}\n';
    const { stdout, stderr } = await uninject(text);
    expect(stdout).toBe(text.replace('    linkerd.io/inject: enabled\n', ''));
    expect(stderr).toBe(
      "stdin:1:1: namespace/x uninjected: linkerd.io/inject\nstdin:9:1: pod/z unchanged: nothing of Outrigger's in it\n",
    );
  });

  it('refuses a manifest that nobody can have written', async () => {
    const text =
      'kind: Pod\napiVersion: v1\nmetadata:\n  name: x\n  annotations: {linkerd.io/injected: \'{"v":2}\'}\nspec: {}\n';
    const { code, stdout, stderr } = await uninject(text);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('stdin:1:1: pod/x: pod annotation linkerd.io/injected: it is not a manifest');
  });

  it('refuses what stands elsewhere too', async () => {
    const text =
      'kind: Pod\napiVersion: v1\nmetadata:\n  annotations: &a\n    linkerd.io/inject: enabled\n    b: c\nx: *a\nspec: {}\n';
    const { code, stderr } = await uninject(text);
    expect(code).toBe(1);
    expect(stderr).toContain('stdin:5:5: &a stands elsewhere too');
  });

  it('knows no settings', async () => {
    const { code, stderr } = await uninject('', '--skip-outbound-ports=1');
    expect(code).toBe(2);
    expect(stderr).toContain('--skip-outbound-ports is not a flag');
  });
});
