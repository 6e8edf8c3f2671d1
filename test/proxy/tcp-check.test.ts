import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portOfTcpCheck, tcpCheckPath } from '../../src/proxy/tcp-check.ts';

describe('the path of a TCP check', () => {
  it('gives its port back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), (port) => portOfTcpCheck(tcpCheckPath(port)) === port),
    );
  });

  it.each([
    undefined,
    null,
    '',
    '/',
    '/ready',
    '/probe/tcp/',
    '/probe/tcp/0',
    '/probe/tcp/65536',
    '/probe/tcp/080',
    '/probe/tcp/8e3',
    '/probe/tcp/http',
    '/probe/tcp/80/',
    '/probe/tcp/80?a',
    'probe/tcp/80',
  ])('is not %j', (path) => {
    expect(portOfTcpCheck(path)).toBeUndefined();
  });
});
