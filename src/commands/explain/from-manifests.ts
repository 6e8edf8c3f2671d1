/** Pod templates from manifests, each with its namespace where that is in the same input. */
import { OutriggerError } from '../../errors.ts';
import { isPod, whereNotPod } from '../../inject/pod-shape.ts';
import type { Namespace } from '../../kubernetes.types.ts';
import { problem } from '../../messages.ts';
import { parseManifest, placeOf, valueOf } from '../../manifests/parse.ts';
import { findTargets, type Target } from '../../manifests/targets.ts';
import { textsIn, valueIn } from '../../manifests/values.ts';
import { readPieces, type ManifestSource } from '../manifest-sources.ts';
import { asDecoded } from '../../manifests/decoded.ts';
import type { Question } from './explanation.ts';

interface Found {
  readonly target: Target;
  readonly place: string;
  readonly value: unknown;
}

/** @throws OutriggerError `file` with the first thing that cannot be read */
export async function questionsFromManifests(
  sources: readonly ManifestSource[],
  withBootstrap: boolean,
): Promise<Question[]> {
  const found: Found[] = [];
  for (const source of sources)
    for await (const piece of readPieces(source)) {
      const manifest = parseManifest(piece);
      for (const target of manifest === null ? [] : findTargets(manifest))
        if (manifest !== null)
          found.push({
            target,
            place: placeOf(manifest, target.offset),
            value: asDecoded(valueOf(manifest, target.node)),
          });
    }
  const namespaces = found.filter(({ target }) => target.type === 'namespace').map(namespaceOf);
  return found
    .filter(({ target }) => target.type === 'workload')
    .flatMap((each) => questionOf(each, namespaces, withBootstrap));
}

function namespaceOf({ target, value }: Found): Namespace {
  return {
    name: target.name,
    labels: textsIn(value, ['metadata', 'labels']),
    annotations: textsIn(value, ['metadata', 'annotations']),
  };
}

/** Of an object that names no namespace, the only one in the input is meant. */
function questionOf(
  { target, place, value }: Found,
  namespaces: readonly Namespace[],
  withBootstrap: boolean,
): Question[] {
  const pod = valueIn(value, target.template);
  if (pod === undefined || pod === null) return [];
  if (!isPod(pod)) {
    const path = [...target.template, whereNotPod(pod)].join('.');
    throw new OutriggerError(
      'file',
      `${place}: ${problem('unreadable_pod', { path, expected: 'what Kubernetes takes there' }).message}`,
    );
  }
  const only = namespaces.length === 1 ? namespaces[0] : undefined;
  const namespace =
    target.namespace === undefined ? only : namespaces.find(({ name }) => name === target.namespace);
  return [
    {
      title: `${target.kind.toLowerCase()}/${target.name} (${place})`,
      pod,
      workloadAnnotations: target.template.length === 0 ? {} : textsIn(value, ['metadata', 'annotations']),
      namespace: namespace ?? null,
      withBootstrap,
    },
  ];
}
