import type { Namespace, Pod } from '../kubernetes.types.ts';
import type { Keys } from '../settings/keys.ts';

/** What a place asks for. `ingress` is `on`: it means something to the Linkerd backend only. */
export type Wish =
  { readonly kind: 'on' | 'disabled' | 'absent' } | { readonly kind: 'invalid'; readonly value: string };

export const injectWords = ['enabled', 'disabled', 'ingress'] as const;

function wishOf(text: string | null | undefined): Wish {
  switch (text) {
    case undefined:
    case null:
      return { kind: 'absent' };
    case 'enabled':
    case 'ingress':
      return { kind: 'on' };
    case 'disabled':
      return { kind: 'disabled' };
    default:
      return { kind: 'invalid', value: text };
  }
}

export function podWish(pod: Pod, keys: Keys): Wish {
  return wishOf(pod.metadata?.annotations?.[keys.inject]);
}

/** The label counts; an annotation only with `selectBy: any`, and only without a label. */
export function namespaceWish(namespace: Namespace, keys: Keys, selectBy: 'label' | 'any'): Wish {
  const label = wishOf(namespace.labels[keys.inject]);
  return label.kind === 'absent' && selectBy === 'any' ? wishOf(namespace.annotations[keys.inject]) : label;
}
