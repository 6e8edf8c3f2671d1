/**
 * TLS handshakes that failed: counted by a likely cause, and logged once a minute at most. A client that does not
 * trust us says so in an alert; that is the only word we ever get of a stale `caBundle`.
 */
export const handshakeFailures = ['untrusted', 'expired', 'plain-http', 'closed', 'other'] as const;
export type HandshakeFailure = (typeof handshakeFailures)[number];

export interface HandshakeErrors {
  note(error: NodeJS.ErrnoException): void;
}

export interface HandshakeErrorsOptions {
  readonly count: (failure: HandshakeFailure) => void;
  readonly log: (level: 'info' | 'warn', fields: Readonly<Record<string, unknown>>, message: string) => void;
  /** Milliseconds. */
  readonly now?: () => number;
}

const causes: Readonly<Record<HandshakeFailure, string>> = {
  untrusted:
    'the client does not trust our authority, or the name is not in our certificate: is caBundle stale?',
  expired: 'the client says that our certificate has expired',
  'plain-http': 'the client speaks plain HTTP',
  closed: 'the client went away during the handshake, as TCP health checks do',
  other: 'see the error',
};

const quietMs = 60_000;

export function createHandshakeErrors({
  count,
  log,
  now = Date.now,
}: HandshakeErrorsOptions): HandshakeErrors {
  const failed = new Map<HandshakeFailure, number>();
  let toldMs = Number.NEGATIVE_INFINITY;
  return {
    note(error) {
      const failure = classify(error);
      count(failure);
      failed.set(failure, (failed.get(failure) ?? 0) + 1);
      // Health checks alone are no news; others are told with all that has happened since.
      if (failure === 'closed' || now() - toldMs < quietMs) return;
      toldMs = now();
      const counts = Object.fromEntries(failed);
      failed.clear();
      log(
        'warn',
        { error: error.code ?? error.message, likely: causes[failure], counts },
        'TLS handshakes failed',
      );
    },
  };
}

/** By OpenSSL's names of alerts. Go's clients send `bad certificate` for all that is wrong with one. */
function classify({ code = '' }: NodeJS.ErrnoException): HandshakeFailure {
  if (/UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE/u.test(code))
    return 'untrusted';
  if (code.includes('CERTIFICATE_EXPIRED')) return 'expired';
  if (code === 'ERR_SSL_HTTP_REQUEST') return 'plain-http';
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'closed' : 'other';
}
