import { describe, expect, it } from 'vitest';
import { inject } from '../../src/inject/inject.ts';
import type { Manifest } from '../../src/inject/manifest.ts';
import type { Container, Pod } from '../../src/kubernetes.types.ts';
import {
  allContainers,
  contextOf,
  initOf,
  injected,
  keys,
  manifestIn,
  namespaceOf,
  overTheWire,
  patched,
  podOf,
  proxyOf,
} from './fixtures.ts';

const webhookWith = (...locked: readonly string[]) => contextOf({ config: { annotations: { locked } } });

const rendered = overTheWire(injected(inject(podOf(), namespaceOf(), contextOf())).pod);

/** A pod that says of itself that it has been injected. */
function forged(change: (container: Container) => object, record: Partial<Manifest> = {}): Pod {
  const changed = (list: readonly Container[] | null | undefined) =>
    (list ?? []).map((container) =>
      container.name.startsWith('outrigger-') ? { ...container, ...change(container) } : container,
    );
  const annotations = {
    ...rendered.metadata?.annotations,
    [keys.injected]: JSON.stringify({ ...manifestIn(rendered), ...record }),
  };
  const spec = rendered.spec ?? {};
  return {
    metadata: { ...rendered.metadata, annotations },
    spec: { ...spec, initContainers: changed(spec.initContainers), containers: changed(spec.containers) },
  };
}

const otherPlan = { plan: '0'.repeat(16) };

describe('a pod that forges the record of its injection, with a locked setting', () => {
  it.each([
    ['the image of the proxy', 'proxy-image', () => ({ image: 'evil/proxy:1' })],
    ['its image, by its version', 'proxy-version', () => ({ image: 'evil/proxy:1' })],
    ['the image of init', 'init-image', () => ({ image: 'evil/init:1' })],
    ['its image, by its version', 'init-version', () => ({ image: 'evil/init:1' })],
    ['the pull policy', 'image-pull-policy', () => ({ imagePullPolicy: 'Never' })],
    ['variables', 'proxy-additional-env', () => ({ env: [{ name: 'LD_PRELOAD', value: '/x' }] })],
    ['arguments', 'skip-outbound-ports', () => ({ args: ['--outbound-ports-to-ignore', '1-65535'] })],
    ['a command', 'skip-outbound-ports', () => ({ command: ['true'] })],
    ['the user', 'proxy-uid', () => ({ securityContext: { runAsUser: 0 } })],
    ['a limit', 'proxy-memory-limit', () => ({ resources: { limits: { memory: '1Ti' } } })],
    ['a request', 'proxy-cpu-request', () => ({ resources: { requests: { cpu: '64' } } })],
  ])('has %s as we render it (%s)', (_, locked, change) => {
    const context = webhookWith(locked);
    for (const record of [{}, otherPlan, { by: 'cli' as const }]) {
      const received = forged(change, record);
      const second = patched(received, inject(received, namespaceOf(), context));
      const ourContainer = locked.startsWith('init') ? initOf : proxyOf;
      expect(ourContainer(second)).toEqual(ourContainer(rendered));
      expect(inject(second, namespaceOf(), context).kind).toBe('unchanged');
    }
  });

  it('keeps what no locked setting decides', () => {
    const received = forged(({ name }) => ({ image: `mirror.local/${name}:1` }), otherPlan);
    const second = patched(received, inject(received, namespaceOf(), webhookWith('proxy-image')));
    expect(proxyOf(second).image).toBe(proxyOf(rendered).image);
    expect(initOf(second).image).toBe('mirror.local/outrigger-init:1');
  });

  it('is left alone if nobody has changed our containers, whatever the API server filled in', () => {
    const received = forged((container) => ({
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      ports: container.ports?.map((port) => ({ ...port, protocol: 'TCP' })),
      readinessProbe: container.readinessProbe && {
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
        ...container.readinessProbe,
      },
    }));
    expect(inject(overTheWire(received), namespaceOf(), webhookWith('proxy-image')).kind).toBe('unchanged');
  });

  it('is injected anew if our proxy stands where it would start too late', () => {
    const [proxy] = allContainers(rendered).filter(({ name }) => name === 'outrigger-proxy');
    const spec = rendered.spec ?? {};
    const moved: Pod = {
      ...rendered,
      spec: {
        ...spec,
        initContainers: (spec.initContainers ?? []).filter((container) => container !== proxy),
        containers: [...(spec.containers ?? []), ...(proxy ? [proxy] : [])],
      },
    };
    const context = webhookWith('proxy-enable-native-sidecar');
    const second = patched(moved, inject(moved, namespaceOf(), context));
    expect(second.spec).toEqual(spec);
  });

  it('is no reason to skip a pod that the command line has written', () => {
    const byHand = overTheWire(
      injected(inject(podOf(), null, contextOf({ origin: 'cli', version: '0.0.9' }))).pod,
    );
    const outcome = injected(inject(byHand, namespaceOf(), webhookWith('proxy-image')));
    expect(manifestIn(outcome.pod).by).toBe('webhook');
  });
});
