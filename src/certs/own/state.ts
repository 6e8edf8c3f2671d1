/** What the program keeps of its own certificates, as one value: the Secret holds it, and every replica remembers it. */
export interface Life {
  /** Milliseconds since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Both PEM. */
export interface Authority extends Life {
  readonly cert: string;
  readonly key: string;
}

/** The serving certificate, signed by the authority beside it. */
export interface Leaf extends Authority {
  readonly names: readonly string[];
}

export interface CertificateState {
  /** Signs leaves. */
  readonly authority: Authority;
  /** Signs them later: it is published first, so that every API server knows it by then. */
  readonly next?: Authority;
  /** Absent if the stored one cannot be used. */
  readonly leaf?: Leaf;
  /** Authorities that sign no more, and when the last leaf of theirs has expired. PEM. */
  readonly previous?: { readonly certs: readonly string[]; readonly untilMs: number };
}

/** The PEM of all authorities that may be trusted, which belongs into every `caBundle`. */
export function bundleOf({ authority, next, previous }: CertificateState): string {
  const certs = [authority.cert, ...(next ? [next.cert] : []), ...(previous?.certs ?? [])];
  return certs.map((cert) => `${cert.trim()}\n`).join('');
}
