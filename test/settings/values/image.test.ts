import { describe, expect, it } from 'vitest';
import { formatImage, imageTagType, imageType, parseImage } from '../../../src/settings/values/image.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('an image', () => {
  it.each([
    ['envoy', { repository: 'envoy' }],
    ['envoyproxy/envoy:v1.40.0', { repository: 'envoyproxy/envoy', tag: 'v1.40.0' }],
    ['localhost:5000/envoy', { repository: 'localhost:5000/envoy' }],
    ['mirror.local:5000/a/b_c/d--e:x', { repository: 'mirror.local:5000/a/b_c/d--e', tag: 'x' }],
    [`a/b@${digest}`, { repository: 'a/b', digest }],
    [`a/b:v1@${digest}`, { repository: 'a/b', tag: 'v1', digest }],
  ])('%j has its parts', (text, parts) => {
    expect(parseImage(text)).toEqual(parts);
    expect(imageType.parse(` ${text} `)).toEqual({ ok: true, value: parts });
    expect(formatImage(parts)).toBe(text);
  });

  it.each([
    '',
    'Envoy',
    'a b',
    'https://a/b',
    'a/b:',
    'a//b',
    '/a',
    'a/b@sha256:12',
    `a@${digest.toUpperCase()}`,
    'a:b:c',
    '-a',
    'a'.repeat(513),
  ])('is not %j', (text) => {
    expect(imageType.parse(text)).toEqual({
      ok: false,
      error: expect.stringMatching(
        /^".*" is not an image; write repository, repository:tag or repository@sha256:digest$/u,
      ),
    });
  });

  it.each(['a-', 'a.', 'a/', 'a__', 'a:', '.-'])(
    'of many %j is refused without backtracking for ever',
    (part) => {
      expect(parseImage(`${part.repeat(170)}!`)).toBeUndefined();
    },
  );
});

describe('an image tag', () => {
  it.each(['v1.40.0', 'edge-25.4.1', '_', 'a'.repeat(128)])('is read from %j', (text) => {
    expect(imageTagType.parse(text)).toEqual({ ok: true, value: text });
  });

  it.each(['', '.a', '-a', 'a b', 'a:b', digest, 'a'.repeat(129)])('is not %j', (text) => {
    expect(imageTagType.parse(text)).toEqual({
      ok: false,
      error: expect.stringContaining('is not an image tag; allowed are up to 128 letters'),
    });
  });
});
