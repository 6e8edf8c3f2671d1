import { describe, expect, it } from 'vitest';
import { describeFlags, parseFlags } from '../../src/commands/flags.ts';

const flags = {
  config: { value: 'FILE', doc: 'the settings' },
  port: { value: 'PORT', doc: 'the port' },
  offline: { doc: 'no cluster' },
} as const;

describe('flags', () => {
  it.each<[string, string[], object]>([
    ['none', [], {}],
    ['a value after a space', ['--config', 'a.yaml'], { config: 'a.yaml' }],
    ['a value after =', ['--config=a.yaml'], { config: 'a.yaml' }],
    ['a value with = in it', ['--config=a=b'], { config: 'a=b' }],
    ['a value that begins with a dash, after =', ['--config=--odd'], { config: '--odd' }],
    ['a switch', ['--offline'], { offline: true }],
    ['all of them', ['--port', '1', '--offline', '--config', ' '], { port: '1', offline: true, config: ' ' }],
  ])('are read: %s', (_, argv, values) => {
    expect(parseFlags(flags, argv)).toEqual(values);
  });

  it.each<[string, string[], string]>([
    ['unknown', ['--nothing'], '--nothing is not a flag'],
    [
      'unknown, near one',
      ['--prot', '1'],
      '--prot is not a flag; did you mean --port?\n"1" is not expected here',
    ],
    ['unknown with a value', ['--confg=x'], '--confg is not a flag; did you mean --config?'],
    ['a short one', ['-x'], '-x is not a flag'],
    ['in capitals', ['--OFFLINE=1'], '--OFFLINE is not a flag'],
    ['a name of every object', ['--toString'], '--toString is not a flag'],
    ['called __proto__', ['--__proto__=1'], '--__proto__ is not a flag'],
    ['without its value', ['--config'], '--config needs a FILE'],
    ['with an empty value', ['--config='], '--config needs a FILE'],
    ['with an empty word for a value', ['--config', ''], '--config needs a FILE'],
    [
      'followed by a flag in the place of its value',
      ['--config', '--offline'],
      '--config needs a FILE, it is followed by --offline (--config=--offline if that is meant)',
    ],
    ['a switch with a value', ['--offline=yes'], '--offline takes no value, it was given "yes"'],
    ['given twice', ['--port', '1', '--port=2'], '--port is given twice'],
    ['a switch given twice', ['--offline', '--offline'], '--offline is given twice'],
    ['a word', ['word'], '"word" is not expected here'],
    ['words after --', ['--', '--offline'], '"--offline" is not expected here'],
    ['negated', ['--no-offline'], '--no-offline is not a flag; did you mean --offline?'],
  ])('are refused: %s', (_, argv, message) => {
    expect(() => parseFlags(flags, argv)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(message) as string }),
    );
  });

  it('are refused with every mistake at once, in their order', () => {
    const argv = ['--ofline', 'word', '--port', '1', '--port', '2', '--config'];
    expect(() => parseFlags(flags, argv)).toThrow(
      [
        '--ofline is not a flag; did you mean --offline?',
        '"word" is not expected here',
        '--port is given twice',
        '--config needs a FILE',
      ].join('\n'),
    );
  });

  it('leave the arguments as they were', () => {
    const argv = Object.freeze(['--port', '1']);
    expect(parseFlags(flags, argv)).toEqual({ port: '1' });
  });

  it('are explained in a table', () => {
    expect(describeFlags(flags)).toBe(
      ['  --config FILE  the settings', '  --port PORT    the port', '  --offline      no cluster'].join(
        '\n',
      ),
    );
  });
});
