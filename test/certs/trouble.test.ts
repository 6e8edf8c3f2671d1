import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createSelfSigned } from '../../src/certs/self-signed.ts';
import type { CertificatePair, CertificateSource } from '../../src/certs/source.ts';
import { factsOf, findAge, findTrouble, type CertificateFacts } from '../../src/certs/trouble.ts';
import { watchTrouble } from '../../src/certs/watch-trouble.ts';
import { createAuthority } from '../../src/certs/x509.ts';

const day = 86_400_000;
const host = 'outrigger.mesh.svc';
const start = new Date('2030-01-01T00:00:00Z');
/** Days after the certificate was made; it holds for 100 of them. */
const after = (days: number): Date => new Date(start.getTime() + days * day);

const make = (names: readonly string[], now = start) =>
  createSelfSigned({ names, validityMs: 100 * day, now });

let sound: CertificateFacts;
let elsewhere: CertificateFacts;
let wildcard: CertificateFacts;
let nameless: CertificateFacts;
beforeAll(async () => {
  sound = factsOf((await make([host, '127.0.0.1'])).cert);
  elsewhere = factsOf((await make(['outrigger.other.svc'])).cert);
  wildcard = factsOf((await make(['*.mesh.svc'])).cert);
  const validity = { notBefore: start, notAfter: after(100) };
  nameless = factsOf((await createAuthority(host, validity)).cert);
});

const messagesOf = (facts: CertificateFacts, days: number, name?: string): string[] =>
  findTrouble(facts, name, after(days)).map(({ level, message }) => `${level}: ${message}`);

describe('a certificate', () => {
  it('without trouble has none, by wildcard or by name', () => {
    expect(messagesOf(sound, 1, host)).toEqual([]);
    expect(messagesOf(wildcard, 1, host)).toEqual([]);
    expect(messagesOf(elsewhere, 1)).toEqual([]);
  });

  it('that has expired is an error', () => {
    expect(messagesOf(sound, 100, host)).toEqual([
      'error: the certificate expired at 2030-04-11T00:00:00.000Z',
    ]);
  });

  it('that is not valid yet is a warning', () => {
    expect(messagesOf(sound, -1, host)).toEqual([
      'warn: the certificate is not valid before 2029-12-31T23:55:00.000Z',
    ]);
  });

  it('for another name is a warning', () => {
    expect(messagesOf(elsewhere, 1, host)).toEqual([
      'warn: the certificate is not for outrigger.mesh.svc, by which the API server calls the Service',
    ]);
  });

  it('whose name stands in its subject only is one too, as Go reads SANs', () => {
    expect(messagesOf(nameless, 1, host)).toEqual([
      'warn: the certificate has no subjectAltName: API servers refuse it',
    ]);
  });

  it.each([
    [74, undefined],
    [76, 'warn'],
    [89, 'warn'],
    [91, 'error'],
    [100, 'error'],
  ])('is told of on day %i of 100 as %s', (days, level) => {
    expect(findAge(sound, after(days))?.level).toBe(level);
  });
});

interface Watched {
  readonly lines: string[];
  readonly setNow: (date: Date) => void;
  readonly replace: (pair: CertificatePair) => void;
}

/** Its age is looked at every millisecond, and time is a variable. */
async function watch(pair: CertificatePair, now: Date): Promise<Watched> {
  const lines: string[] = [];
  let time = now;
  let current = pair;
  let listener: ((changed: CertificatePair) => void) | undefined;
  const source: CertificateSource = {
    get current() {
      return current;
    },
    notAfter: now,
    reloadFailures: 0,
    onChange(added) {
      listener = added;
      return () => undefined;
    },
    stop: () => undefined,
  };
  const end = watchTrouble({
    source,
    host,
    now: () => time.getTime(),
    intervalMs: 1,
    log: (level, fields, message) => void lines.push(`${level} ${String(fields['sans'])} ${message}`),
  });
  onTestFinished(end);
  return {
    lines,
    setNow: (date) => void (time = date),
    replace(changed) {
      current = changed;
      listener?.(changed);
    },
  };
}

const ticks = () => new Promise((resolve) => setTimeout(resolve, 30));

describe('the log', () => {
  it('tells at start and at each reload, with subject, names and end', async () => {
    const { lines, replace } = await watch(await make(['a.example']), after(1));
    expect(lines).toEqual([
      'warn DNS:a.example the certificate is not for outrigger.mesh.svc, by which the API server calls the Service',
    ]);
    replace(await make([host], after(2)));
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain(`warn DNS:${host} the certificate is not valid before`);
    replace(await make([host], after(0)));
    expect(lines).toHaveLength(2);
  });

  it('tells of age once a day, and at once when it gets worse', async () => {
    const { lines, setNow } = await watch(await make([host]), after(80));
    await ticks();
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['warn']);
    setNow(after(81.1));
    await ticks();
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['warn', 'warn']);
    setNow(after(91));
    await ticks();
    setNow(after(91.5));
    await ticks();
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['warn', 'warn', 'error']);
  });
});
