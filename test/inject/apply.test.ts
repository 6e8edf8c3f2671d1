import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remove } from '../../src/inject/apply.ts';
import type { InjectContext } from '../../src/inject/context.ts';
import { inject } from '../../src/inject/inject.ts';
import type { Pod } from '../../src/kubernetes.types.ts';
import {
  allContainers,
  contextOf,
  frozen,
  initOf,
  injected,
  keys,
  manifestIn,
  names,
  namespaceOf,
  overTheWire,
  patched,
  podOf,
  proxyOf,
} from './fixtures.ts';
import { anyPod, change, completedPod, namespaceAnnotations } from './random-pods.ts';

const installations = [true, false].flatMap((nativeSidecars) =>
  [[], ['regcred', 'outrigger-pull', 'regcred']].map((pullSecrets) => ({
    cluster: { nativeSidecars },
    config: { images: { pullSecrets } },
  })),
);
const anyContext = fc.constantFrom(...installations.map(contextOf));
const anyUpgrade = fc.constantFrom(
  ...installations.map(
    (options) => [contextOf(options), contextOf({ ...options, version: '0.2.0' })] as const,
  ),
);

function removed(pod: Pod, { backend }: InjectContext): Pod {
  return remove(pod, manifestIn(pod), keys, backend.containerNames);
}

describe('the laws of an injection', () => {
  it('what was put in can be taken out again, and empty lists and maps are as they were', () => {
    fc.assert(
      fc.property(anyPod, anyContext, namespaceAnnotations, (pod, context, annotations) => {
        const received = frozen(overTheWire(pod));
        const { pod: changed } = injected(inject(received, namespaceOf(annotations), context));
        expect(removed(overTheWire(changed), context)).toStrictEqual(pod);
      }),
      { numRuns: 400 },
    );
  });

  it('a pod that comes back as we left it is unchanged', () => {
    fc.assert(
      fc.property(anyPod, anyContext, namespaceAnnotations, (pod, context, annotations) => {
        const namespace = namespaceOf(annotations);
        const { pod: changed } = injected(inject(pod, namespace, context));
        expect(inject(frozen(overTheWire(changed)), namespace, context).kind).toBe('unchanged');
      }),
      { numRuns: 200 },
    );
  });

  it('a new version of Outrigger puts its own injection in place of the old one', () => {
    fc.assert(
      fc.property(anyPod, anyUpgrade, namespaceAnnotations, (pod, [older, newer], annotations) => {
        const namespace = namespaceOf(annotations);
        const old = overTheWire(injected(inject(pod, namespace, older)).pod);
        const renewed = patched(old, inject(old, namespace, newer));
        expect(renewed).toStrictEqual(overTheWire(injected(inject(pod, namespace, newer)).pod));
      }),
      { numRuns: 100 },
    );
  });
});

function expectForeignChangesKept(received: Pod, second: Pod): void {
  for (const container of [initOf, proxyOf]) {
    const [was, is] = [container(received), container(second)];
    expect(is.image).toBe(was.image);
    expect(is.imagePullPolicy).toBe(was.imagePullPolicy);
    expect(names(is.volumeMounts).toSorted()).toEqual(names(was.volumeMounts).toSorted());
    expect(names(is.env).includes('CLUSTER')).toBe(names(was.env).includes('CLUSTER'));
    expect(new Set(names(is.env)).size).toBe(names(is.env).length);
    if (was.resources?.limits?.['memory'] === '512Mi')
      expect(is.resources?.limits).toMatchObject({ memory: '512Mi' });
  }
}

describe('others change the pod between two calls', () => {
  const changes = fc.array(change, { maxLength: 6 });

  it('the third call changes nothing, and what others did stays', () => {
    fc.assert(
      fc.property(
        completedPod,
        anyContext,
        namespaceAnnotations,
        namespaceAnnotations,
        changes,
        (pod, context, before, after, others) => {
          const first = patched(pod, inject(pod, namespaceOf(before), context));
          const received = frozen(overTheWire(others.reduce((current, other) => other(current), first)));
          const second = overTheWire(patched(received, inject(received, namespaceOf(after), context)));
          expect(inject(second, namespaceOf(after), context).kind).toBe('unchanged');

          expect(removed(second, context)).toStrictEqual(overTheWire(removed(received, context)));
          for (const list of [allContainers(second), second.spec?.volumes ?? []])
            expect(new Set(names(list)).size).toBe(list.length);
          expectForeignChangesKept(received, second);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('in a pod that is injected', () => {
  const own = podOf(
    {},
    { initContainers: [{ name: 'setup' }], containers: [{ name: 'app' }, { name: 'log' }] },
  );

  it('natively, ours are the first of the init containers', () => {
    const { pod } = injected(inject(own, namespaceOf(), contextOf()));
    expect(names(pod.spec?.initContainers)).toEqual(['outrigger-init', 'outrigger-proxy', 'setup']);
    expect(names(pod.spec?.containers)).toEqual(['app', 'log']);
  });

  it('classically, ours are the last init container and the first container', () => {
    const { pod } = injected(inject(own, namespaceOf(), contextOf({ cluster: { nativeSidecars: false } })));
    expect(names(pod.spec?.initContainers)).toEqual(['setup', 'outrigger-init']);
    expect(names(pod.spec?.containers)).toEqual(['outrigger-proxy', 'app', 'log']);
  });

  it('the first container is the default one, unless the pod says another', () => {
    const key = 'kubectl.kubernetes.io/default-container';
    const defaultOf = (pod: Pod): string | undefined =>
      injected(inject(pod, namespaceOf(), contextOf())).pod.metadata?.annotations?.[key];
    expect(defaultOf(own)).toBe('app');
    expect(defaultOf({ ...own, metadata: { annotations: { [key]: 'log' } } })).toBe('log');
  });

  it('the default container stays, although others put theirs in front', () => {
    const { pod } = injected(inject(own, namespaceOf(), contextOf()));
    const received: Pod = {
      ...pod,
      spec: { ...pod.spec, containers: [{ name: 'agent' }, ...pod.spec!.containers!] },
    };
    const second = patched(received, inject(received, namespaceOf(), contextOf({ version: '0.2.0' })));
    expect(second.metadata?.annotations?.['kubectl.kubernetes.io/default-container']).toBe('app');
  });

  it('a default container that was chosen after us is not taken out with ours', () => {
    const key = 'kubectl.kubernetes.io/default-container';
    const { pod } = injected(inject(own, namespaceOf(), contextOf()));
    const edited = { ...pod, metadata: { annotations: { ...pod.metadata?.annotations, [key]: 'log' } } };
    expect(removed(edited, contextOf()).metadata?.annotations).toEqual({ [key]: 'log' });
  });

  it('pull secrets go to the front, each once, and those that were there stay in their place', () => {
    const context = contextOf({ config: { images: { pullSecrets: ['b', 'a', 'b'] } } });
    const pod = podOf({}, { imagePullSecrets: [{ name: 'own' }, { name: 'a' }] });
    const outcome = injected(inject(pod, namespaceOf(), context));
    expect(names(outcome.pod.spec?.imagePullSecrets)).toEqual(['b', 'own', 'a']);
    expect(removed(outcome.pod, context)).toStrictEqual(pod);
  });

  it('annotations that Linkerd wrote come back when ours are taken out', () => {
    const pod = podOf({ 'linkerd.io/created-by': 'linkerd/cli', 'linkerd.io/proxy-version': 'edge-25.4.1' });
    const outcome = injected(inject(pod, namespaceOf(), contextOf()));
    expect(outcome.pod.metadata?.annotations).toMatchObject({
      'linkerd.io/created-by': 'outrigger/webhook 0.1.0',
      'linkerd.io/proxy-version': 'distroless-v1.40.0',
    });
    expect(removed(outcome.pod, contextOf())).toStrictEqual(pod);
  });

  it('the namespace settings that took effect stand on the pod with their literal text', () => {
    const namespace = namespaceOf({
      'config.linkerd.io/proxy-log-level': ' INFO ',
      'config.linkerd.io/admin-port': '5000',
      'config.alpha.linkerd.io/proxy-wait-before-exit-seconds': '3',
      'config.linkerd.io/close-wait-timeout': '5s',
      'config.linkerd.io/unheard-of': '1',
      team: 'shop',
    });
    const pod = podOf({ 'config.linkerd.io/admin-port': '6000' });
    const outcome = injected(inject(pod, namespace, contextOf()));
    const written = Object.entries(outcome.pod.metadata?.annotations ?? {});
    expect(Object.fromEntries(written.filter(([key]) => key.startsWith('config')))).toEqual({
      'config.linkerd.io/proxy-log-level': ' INFO ',
      'config.linkerd.io/admin-port': '6000',
      'config.alpha.linkerd.io/proxy-wait-before-exit-seconds': '3',
    });
  });
});
