import { describe, expect, it } from 'vitest';
import { acceptsImage } from '../../../src/proxy/envoy/image.ts';

const repository = 'envoyproxy/envoy';
const digest = `sha256:${'0'.repeat(64)}`;

describe('an image', () => {
  it.each([
    'v1.40.0',
    'v1.40-latest',
    'distroless-v1.40.0',
    'distroless-v1.40-latest',
    'contrib-v1.40.0',
    'contrib-distroless-v1.40.1',
    '1.40.1',
    '1.40',
    'v1.40.2-arm64',
    'debug-v1.40-latest',
    'v1.40.0-acme.3',
  ])('of the tested minor is accepted: %s', (tag) => {
    expect(acceptsImage({ repository, tag })).toBe(true);
  });

  it.each([
    'stable-2.14.10',
    'edge-25.1.1',
    'v2.300.0',
    'v1.39.5',
    'v1.41.0',
    'v1.4.0',
    'v1.400.0',
    'v11.40.0',
    'latest',
    'distroless',
    'edge-1.4',
    'x1.40.0',
    'v1.40rc1',
    'main-v1.39.1.40.0',
  ])('of another version, or of none, is not: %s', (tag) => {
    expect(acceptsImage({ repository, tag })).toBe(false);
  });

  it('with a digest is accepted, whatever its tag', () => {
    expect(acceptsImage({ repository, digest })).toBe(true);
    expect(acceptsImage({ repository, digest, tag: 'v2.300.0' })).toBe(true);
  });

  it('with neither is not', () => {
    expect(acceptsImage({ repository })).toBe(false);
  });
});
