/** Carries out a step: from the old state to the new one. What makes certificates is passed in. */
import { backdateMs, leafEnd, type Change, type Policy } from './next-step.ts';
import type { Authority, CertificateState, Leaf, Life } from './state.ts';

export interface Mint {
  createAuthority(life: Life): Promise<Authority>;
  issueLeaf(authority: Authority, names: readonly string[], life: Life): Promise<Leaf>;
}

/** An authority and a leaf, of nobody's trust yet. */
export async function createState(nowMs: number, policy: Policy, mint: Mint): Promise<CertificateState> {
  const authority = await createAuthority(nowMs, policy, mint);
  return { authority, leaf: await issue(authority, nowMs, policy, mint) };
}

/** @param state undefined only for `create` */
export async function changeState(
  change: Exclude<Change, 'create'>,
  state: CertificateState,
  nowMs: number,
  policy: Policy,
  mint: Mint,
): Promise<CertificateState> {
  switch (change) {
    case 'issue':
      return { ...state, leaf: await issue(state.authority, nowMs, policy, mint) };
    case 'prepare':
      return { ...state, next: await createAuthority(nowMs, policy, mint) };
    case 'switch':
      return switchAuthority(state, nowMs, policy, mint);
    case 'forget': {
      const { previous: _, ...rest } = state;
      return rest;
    }
  }
}

async function switchAuthority(
  { authority: old, next, leaf, previous }: CertificateState,
  nowMs: number,
  policy: Policy,
  mint: Mint,
): Promise<CertificateState> {
  const authority = next ?? (await createAuthority(nowMs, policy, mint));
  return {
    authority,
    leaf: await issue(authority, nowMs, policy, mint),
    previous: {
      certs: [old.cert, ...(previous?.certs ?? [])],
      untilMs: Math.max(leaf?.notAfterMs ?? nowMs, previous?.untilMs ?? 0),
    },
  };
}

function createAuthority(nowMs: number, { caLifeMs }: Policy, mint: Mint): Promise<Authority> {
  return mint.createAuthority({ notBeforeMs: nowMs - backdateMs, notAfterMs: nowMs + caLifeMs });
}

function issue(authority: Authority, nowMs: number, policy: Policy, mint: Mint): Promise<Leaf> {
  const notAfterMs = leafEnd(authority, nowMs, policy);
  return mint.issueLeaf(authority, policy.names, { notBeforeMs: nowMs - backdateMs, notAfterMs });
}
