/** `--manual`: the containers themselves, written into the template by the same rules as annotations. */
import { remove } from '../inject/apply.ts';
import { manifestOf } from '../inject/manifest.ts';
import type { Pod, PodSpec, StringMap } from '../kubernetes.types.ts';
import { annotateNamespace, decideOn, nest, warningsOf, type InjectOptions } from './annotate.ts';
import { leave, type Change } from './change.ts';
import { insertTree } from './insert.ts';
import type { Tree, TreeMap } from './print.ts';
import { rewriteManifest, type Rewriting, type Rewritten } from './rewrite.ts';
import { isSameButEmpty, stripWorkload } from './strip.ts';
import { parseManifest, type Manifest } from './parse.ts';
import type { Target } from './targets.ts';
import { withValueIn } from './values.ts';

/**
 * Writes the containers into all workloads of a document. What an earlier injection left is taken out first, so
 * that an old sidecar is replaced; one that is as it should be stays as it is.
 */
export function writeInto(manifest: Manifest, options: InjectOptions): Rewritten {
  const rewriting: Rewriting = {
    change: (of, target) =>
      target.type === 'namespace'
        ? annotateNamespace(of, target, options)
        : writeWorkload(of, target, options),
  };
  if (!manifest.text.includes('injected')) return rewriteManifest(manifest, rewriting);
  const stripped = rewriteManifest(manifest, {
    isSame: isSameButEmpty,
    change: (of, target) => stripStale(of, target, options),
  });
  if (stripped.findings.some(({ verdict }) => verdict === 'failed')) return { ...stripped, text: undefined };
  if (stripped.text === undefined) return rewriteManifest(manifest, rewriting);
  const again = parseManifest({ ...manifest.piece, bytes: Buffer.from(stripped.text) });
  if (again === null) return { findings: [], text: stripped.text };
  const written = rewriteManifest(again, rewriting);
  return { ...written, text: written.text ?? stripped.text };
}

/** Only where something new will take its place: what is skipped or wrong stays and is reported. */
function stripStale(manifest: Manifest, target: Target, options: InjectOptions): Change {
  if (target.type === 'namespace') return leave('unchanged');
  const wanted = decideOn(manifest, target, options);
  if ('verdict' in wanted) return leave('unchanged');
  return wanted.outcome.kind === 'unchanged'
    ? leave('unchanged')
    : stripWorkload(manifest, target, { context: options.context, withAnnotations: false });
}

function writeWorkload(manifest: Manifest, target: Target, options: InjectOptions): Change {
  const wanted = decideOn(manifest, target, options);
  if ('verdict' in wanted) return wanted;
  const { pod, value, added, outcome } = wanted;
  if (outcome.kind !== 'inject') return leave('unchanged', 'its containers are what they should be');
  const changed = outcome.pod;
  return {
    verdict: 'injected',
    details: [`proxy ${outcome.plan.proxy.image}`],
    warnings: warningsOf(outcome),
    edits: insertTree(
      manifest,
      target.node,
      nest(target.template, additionsOf(pod, added, changed, options)),
    ),
    expected: () => withValueIn(value, target.template, changed),
  };
}

const listFields = ['initContainers', 'containers', 'volumes', 'imagePullSecrets'] as const;

/** What the changed pod has and the written one has not, as a tree. */
function additionsOf(
  pod: Pod,
  added: StringMap,
  changed: Pod,
  { context: { installation, backend } }: InjectOptions,
): TreeMap {
  const manifest = manifestOf(pod, installation.keys);
  const original =
    manifest.ok && manifest.value !== null
      ? remove(pod, manifest.value, installation.keys, backend.containerNames)
      : pod;
  const own = original.metadata?.annotations ?? {};
  const texts = Object.entries(changed.metadata?.annotations ?? {}).filter(
    ([key, text]) => own[key] !== text,
  );
  const spec = Object.fromEntries(
    listFields.flatMap((field) => {
      const items = newItems(field, original.spec ?? {}, changed.spec ?? {});
      return items === undefined ? [] : [[field, items] as const];
    }),
  );
  return {
    metadata: { annotations: { ...added, ...Object.fromEntries(texts) } },
    ...(Object.keys(spec).length > 0 && { spec }),
  };
}

function newItems(field: (typeof listFields)[number], before: PodSpec, after: PodSpec): Tree | undefined {
  const own = new Set((before[field] ?? []).map(({ name }) => name));
  const list = after[field] ?? [];
  const items = list.filter(({ name }) => !own.has(name));
  if (items.length === 0) return undefined;
  const [first] = list;
  return { items, isAtEnd: first !== undefined && own.has(first.name) };
}
