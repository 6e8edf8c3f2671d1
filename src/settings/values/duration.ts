import { bad, ok, quote, type Result, type ValueType } from './result.ts';

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * A duration in Go's form (`300ms`, `1m30s`, `1.5h`), in milliseconds, rounded up to a whole one.
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function durationType(bounds: { readonly minMs: number; readonly maxMs: number }): ValueType<number> {
  return {
    name: 'duration',
    parse(text) {
      const duration = parseGoDuration(text.trim().replace(/^\+/u, ''));
      if (!duration.ok) return duration;
      return duration.value >= bounds.minMs && duration.value <= bounds.maxMs
        ? duration
        : bad(
            `${quote(text)} is out of bounds; allowed are ${formatMs(bounds.minMs)} to ${formatMs(bounds.maxMs)}`,
          );
    },
  };
}

function parseGoDuration(text: string): Result<number> {
  if (text === '0') return ok(0);
  const wrong = bad(
    `${quote(text)} is not a duration; write a number with its unit, such as 500ms, 3s or 1m30s`,
  );
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/u.test(text)) return wrong;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-zµμ]+)/gu))
    totalMs += Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN);
  return Number.isFinite(totalMs) ? ok(Math.ceil(totalMs)) : wrong;
}

function formatMs(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  return ms % 3_600_000 === 0 ? `${ms / 3_600_000}h` : `${ms / 1000}s`;
}
