/** What the webhook needs of the world around it, as types of functions: a command wires them. */
import type { InjectContext } from '../inject/context.ts';
import type { Namespace, OwnerReference } from '../kubernetes.types.ts';
import type { ReviewOutcome } from './respond.ts';

export interface NamespaceSource {
  /** From the cache. */
  get(name: string): Namespace | undefined;
  /**
   * One fresh read with a short deadline; undefined where there is no such namespace.
   * @param budget whose reading it is: of any name, or of a namespace that the API server has found labelled
   */
  fetch(name: string, budget?: 'unknown' | 'labelled'): Promise<Namespace | undefined>;
}

export type Owner = Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>;

export interface ReviewEvent {
  readonly namespace: string;
  readonly owner: Owner;
  readonly reason: 'Injected' | 'InjectionSkipped' | 'InjectionRejected';
  readonly type: 'Normal' | 'Warning';
  readonly message: string;
}

/** One line per review; nothing of the object but who owns it. */
export interface ReviewLine {
  readonly path: string;
  readonly uid: string;
  readonly namespace: string;
  readonly owner: string;
  readonly outcome: ReviewOutcome;
  /** Reasons of a skip, codes of problems. */
  readonly why: readonly string[];
  readonly dryRun: boolean;
  readonly ms: number;
}

export interface WebhookDependencies {
  /** The context of this moment: facts about the cluster may change. */
  readonly context: () => InjectContext;
  readonly namespaces: NamespaceSource;
  readonly recordEvent: (event: ReviewEvent) => void;
  readonly logReview: (line: ReviewLine) => void;
  readonly logError: (error: unknown, message: string) => void;
}
