import { bad, ok, quote, type ValueType } from './result.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'off'] as const;

export type LogLevel = (typeof levels)[number];

/**
 * A log level, or a Linkerd filter such as `warn,linkerd=debug,[{name=x}]=trace`: of a filter the last bare
 * level counts, because the directives for single modules mean nothing to another proxy.
 */
export const logLevelType: ValueType<LogLevel> = {
  name: 'log level',
  parse(text) {
    const directives = text.split(',').map((directive) => directive.trim().toLowerCase());
    const bare = directives.map(levelOf).filter((level) => level !== undefined);
    const isFilter = directives.some((directive) => /=|::/u.test(directive));
    if (bare.length === 0 && !isFilter)
      return bad(`${quote(text)} is not a log level; allowed are ${levels.join(', ')}, or a Linkerd filter`);
    return ok(bare.at(-1) ?? 'warn');
  },
};

function levelOf(word: string): LogLevel | undefined {
  return word === 'warning' ? 'warn' : levels.find((level) => level === word);
}
