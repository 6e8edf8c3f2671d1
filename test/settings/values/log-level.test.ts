import { describe, expect, it } from 'vitest';
import { logLevelType } from '../../../src/settings/values/log-level.ts';

describe('a log level', () => {
  it.each([
    ['warn', 'warn'],
    ['warning', 'warn'],
    [' INFO ', 'info'],
    ['trace', 'trace'],
    ['debug', 'debug'],
    ['error', 'error'],
    ['off', 'off'],
    ['warn,linkerd=debug', 'warn'],
    ['linkerd=debug,info', 'info'],
    ['warn,linkerd=info,hickory=error,[{headers}]=off,[{request}]=off', 'warn'],
    ['linkerd=debug', 'warn'],
    ['info,error', 'error'],
  ])('%j is %s', (text, level) => {
    expect(logLevelType.parse(text)).toEqual({ ok: true, value: level });
  });

  it.each(['', 'wran', 'verbose', '3'])('is not %j', (text) => {
    expect(logLevelType.parse(text)).toEqual({
      ok: false,
      error: `"${text}" is not a log level; allowed are trace, debug, info, warn, error, off, or a Linkerd filter`,
    });
  });
});
