/**
 * What has to happen next to the program's own certificates. Pure: the same state, publication and time give the
 * same step, so that replicas need no leader: whoever writes first wins, the others read and ask again.
 *
 * | The Secret | Step |
 * | --- | --- |
 * | holds nothing usable | create: an authority and a leaf |
 * | no leaf that is valid and has all names | issue |
 * | the next authority stands in every entry for as long as `waitMs` says | switch: it signs the next leaf |
 * | the authority is past 5/6 of its life, and no usable next one is there | prepare: make and publish one |
 * | the leaf is past 2/3 of its life, and a new one would end later | issue |
 * | the last leaf of a previous authority has expired | forget the previous ones |
 * | else | rest |
 *
 * A leaf never outlives its authority. Nobody can trust an authority that is not published yet, so a leaf of the next
 * one is issued only after the wait: each API server has its own informer.
 */
import type { CertificateState, Life } from './state.ts';

export interface Lifetimes {
  readonly leafLifeMs: number;
  readonly caLifeMs: number;
  /** How long a new authority is published before it signs. */
  readonly overlapMs: number;
}

export interface Policy extends Lifetimes {
  /** The DNS names that the leaf must have. */
  readonly names: readonly string[];
  /** 0 to 1, another one in each replica, so that one of them comes first. */
  readonly jitter: number;
}

export interface View {
  /** Undefined if the Secret holds nothing usable. */
  readonly stored: CertificateState | undefined;
  /** Since when every entry has held the stored state's bundle; undefined if one does not. */
  readonly publishedSinceMs: number | undefined;
  readonly nowMs: number;
}

export type Change = 'create' | 'issue' | 'switch' | 'prepare' | 'forget';

export type Step =
  | { readonly kind: Change }
  /** Nothing changes by time alone before that. */
  | { readonly kind: 'rest'; readonly untilMs: number };

/** Certificates begin earlier than they are made, for clients whose clock is behind. */
export const backdateMs = 10 * 60_000;

/** How long a new authority is published if the old one will not hold for the whole overlap. */
const emergencyMs = 60_000;

export function nextStep(view: View, policy: Policy): Step {
  const { stored, publishedSinceMs, nowMs } = view;
  if (stored === undefined) return { kind: 'create' };
  const { authority, next, previous } = stored;
  if (isValid(authority, nowMs) && !isUsable(stored, nowMs, policy)) return { kind: 'issue' };
  const hasNext = next !== undefined && nowMs < replaceTime(next, nowMs, policy);
  const switchAtMs =
    hasNext && publishedSinceMs !== undefined
      ? publishedSinceMs + waitMs(stored, nowMs, policy)
      : Number.POSITIVE_INFINITY;
  if (nowMs >= switchAtMs) return { kind: 'switch' };
  const prepareAtMs = replaceTime(hasNext ? next : authority, nowMs, policy);
  if (nowMs >= prepareAtMs) return { kind: 'prepare' };
  const issueAtMs = issueTime(stored, nowMs, policy);
  if (nowMs >= issueAtMs) return { kind: 'issue' };
  const forgetAtMs = previous?.untilMs ?? Number.POSITIVE_INFINITY;
  if (nowMs >= forgetAtMs) return { kind: 'forget' };
  return { kind: 'rest', untilMs: Math.min(issueAtMs, switchAtMs, prepareAtMs, forgetAtMs) };
}

/** The end of a leaf that is issued now. */
export function leafEnd(authority: Life, nowMs: number, { leafLifeMs }: Lifetimes): number {
  return Math.min(nowMs + leafLifeMs, authority.notAfterMs);
}

/** When a leaf of the present authority is due: never, if it would not end later than the one that is there. */
function issueTime({ authority, leaf }: CertificateState, nowMs: number, policy: Policy): number {
  if (leaf === undefined || !isValid(authority, nowMs)) return Number.POSITIVE_INFINITY;
  // Certificates tell whole seconds: a gain of less is none.
  if (authority.notAfterMs - leaf.notAfterMs < 1000) return Number.POSITIVE_INFINITY;
  const lifeMs = Math.min(issuedLife(leaf), policy.leafLifeMs);
  return issuedAt(leaf) + (lifeMs * 2) / 3 + (policy.jitter * lifeMs) / 30;
}

function replaceTime(authority: Life, nowMs: number, { caLifeMs, jitter }: Policy): number {
  if (!isValid(authority, nowMs)) return nowMs;
  const lifeMs = Math.min(issuedLife(authority), caLifeMs);
  return issuedAt(authority) + (lifeMs * 5) / 6 + (jitter * lifeMs) / 60;
}

/** No wait at all if what is served can be trusted by nobody: every second of it refuses pods. */
function waitMs({ authority, leaf }: CertificateState, nowMs: number, policy: Policy): number {
  if (leaf === undefined || !isValid(leaf, nowMs) || !isValid(authority, nowMs)) return 0;
  const { overlapMs, jitter } = policy;
  const usableForMs = Math.min(authority.notAfterMs, leaf.notAfterMs) - nowMs;
  return usableForMs > 2 * overlapMs ? overlapMs * (1 + jitter / 10) : Math.min(overlapMs, emergencyMs);
}

/** One that is not valid yet was made by somebody whose clock was ahead of the API server's. */
function isValid({ notBeforeMs, notAfterMs }: Life, nowMs: number): boolean {
  return nowMs >= notBeforeMs && nowMs < notAfterMs;
}

function isUsable({ leaf }: CertificateState, nowMs: number, { names }: Policy): boolean {
  return leaf !== undefined && isValid(leaf, nowMs) && names.every((name) => leaf.names.includes(name));
}

const issuedAt = ({ notBeforeMs }: Life): number => notBeforeMs + backdateMs;

const issuedLife = (life: Life): number => life.notAfterMs - issuedAt(life);
