import { describe, expect, it } from 'vitest';
import type { OwnerReference } from '../../src/kubernetes.types.ts';
import { ownerOf } from '../../src/webhook/owner.ts';

const good: OwnerReference = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'web-5d9f8c7b64',
  uid: '0f4d3e7a-1111-4222-8333-123456789abc',
  controller: true,
};

const podOwnedBy = (...ownerReferences: OwnerReference[]) => ({ metadata: { ownerReferences } });

describe('the owner of a pod', () => {
  it.each([
    ['ReplicaSet', 'apps/v1'],
    ['StatefulSet', 'apps/v1'],
    ['DaemonSet', 'apps/v1'],
    ['Job', 'batch/v1'],
    ['ReplicationController', 'v1'],
  ])('may be a %s of %s', (kind, apiVersion) => {
    const { controller: _, ...owner } = { ...good, kind, apiVersion };
    expect(ownerOf(podOwnedBy({ ...good, kind, apiVersion }))).toEqual(owner);
  });

  it('is the one that controls it, and nothing else of the reference is passed on', () => {
    const extra = { ...good, blockOwnerDeletion: true, secret: 'x' };
    const owner = ownerOf(podOwnedBy({ ...good, kind: 'Node', controller: false }, extra));
    expect(Object.keys(owner ?? {})).toEqual(['apiVersion', 'kind', 'name', 'uid']);
  });

  it.each<[string, Partial<OwnerReference>]>([
    ['a kind that makes no pods', { kind: 'ConfigMap', apiVersion: 'v1' }],
    ['a kind of another group', { apiVersion: 'example.org/v1' }],
    ['a kind of a group that does not have it', { kind: 'Job' }],
    ['a kind that is a name of every object', { kind: 'constructor' }],
    ['a kind called __proto__', { kind: '__proto__' }],
    ['a name that climbs', { name: '../../secrets' }],
    ['a name with a line break', { name: 'web\n' }],
    ['a name in capitals', { name: 'Web' }],
    ['an empty name', { name: '' }],
    ['a name that is too long', { name: 'a'.repeat(254) }],
    ['a uid that is none', { uid: 'x' }],
    ['a uid with something behind it', { uid: `${good.uid}\n` }],
    ['a uid in capitals', { uid: good.uid.toUpperCase() }],
    ['no controller', { controller: false }],
    ['a controller of null', { controller: null }],
  ])('is nobody with %s', (_, forged) => {
    expect(ownerOf(podOwnedBy({ ...good, ...forged }))).toBeUndefined();
  });

  it.each([[{}], [{ metadata: null }], [{ metadata: { ownerReferences: null } }], [podOwnedBy()]])(
    'is nobody where there is no reference (%#)',
    (pod) => {
      expect(ownerOf(pod)).toBeUndefined();
    },
  );

  it('is judged in no time, however long its name', () => {
    const name = `a${'-a'.repeat(500_000)}_`;
    const start = performance.now();
    expect(ownerOf(podOwnedBy({ ...good, name }))).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
