/** How long certificates live that the program makes itself, and how these times have to stand to each other. */
import { durationType } from './values/duration.ts';

export interface CertificateLives {
  readonly leafLifeMs: number;
  readonly caLifeMs: number;
  /** How long a new authority is published before it signs. */
  readonly overlapMs: number;
}

type Texts = Readonly<Record<'leafLife' | 'caLife' | 'overlap', string>>;

type ReadLives =
  | { readonly ok: true; readonly value: CertificateLives }
  | { readonly ok: false; readonly error: readonly string[] };

const hourMs = 3_600_000;
const life = durationType({ minMs: 5000, maxMs: 10 * 8760 * hourMs });
const wait = durationType({ minMs: 0, maxMs: 8760 * hourMs });

/**
 * An authority is replaced when a sixth of its life is left. The overlap has to fit into half of that, and a leaf into
 * half of its authority's life: the last one of the old authority ends long before the next replacement.
 */
export function readCertificateLives(texts: Texts): ReadLives {
  const [leaf, ca, overlap] = [
    life.parse(texts.leafLife),
    life.parse(texts.caLife),
    wait.parse(texts.overlap),
  ];
  const errors = [
    ...(leaf.ok ? [] : [`certificates.leafLife: ${leaf.error}`]),
    ...(ca.ok ? [] : [`certificates.caLife: ${ca.error}`]),
    ...(overlap.ok ? [] : [`certificates.overlap: ${overlap.error}`]),
  ];
  if (!leaf.ok || !ca.ok || !overlap.ok) return { ok: false, error: errors };
  const value = { leafLifeMs: leaf.value, caLifeMs: ca.value, overlapMs: overlap.value };
  const misfits = findMisfits(texts, value);
  return misfits.length > 0 ? { ok: false, error: misfits } : { ok: true, value };
}

function findMisfits({ leafLife, caLife, overlap }: Texts, lives: CertificateLives): string[] {
  const { leafLifeMs, caLifeMs, overlapMs } = lives;
  return [
    ...(leafLifeMs > caLifeMs / 2
      ? [`certificates.leafLife: "${leafLife}" is more than half of caLife, "${caLife}"`]
      : []),
    ...(overlapMs > caLifeMs / 12
      ? [`certificates.overlap: "${overlap}" is more than a twelfth of caLife, "${caLife}"`]
      : []),
  ];
}
