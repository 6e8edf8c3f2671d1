import { describe, expect, it } from 'vitest';
import { patchOf } from '../../src/kubernetes/webhook-configuration.ts';

describe('the patch of a bundle', () => {
  it('changes what holds another one, and only if nothing has changed since', () => {
    expect(patchOf('bmV3', { version: '7', bundles: ['b2xk', 'bmV3', ''] })).toEqual([
      { op: 'test', path: '/metadata/resourceVersion', value: '7' },
      { op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: 'bmV3' },
      { op: 'add', path: '/webhooks/2/clientConfig/caBundle', value: 'bmV3' },
    ]);
  });
});
