/**
 * The one place that makes JSON Patch operations (RFC 6902).
 *
 * Kubernetes' lists are ordered, and `compare` walks them by index: a container put in front would rewrite all
 * those behind it, and carry other people's containers in the patch. So in a list whose old items are all still
 * there, in the same order, each new item is one `add`, and an item that changed (it has the name of the old one)
 * is compared with itself alone; everything else is left to `compare`, which returns at once where both sides are
 * the same object.
 */
import jsonPatch, { type Operation } from 'fast-json-patch';
import type { Pod, PodSpec } from '../kubernetes.types.ts';

export type Patch = readonly Operation[];

const listFields = ['initContainers', 'containers', 'volumes', 'imagePullSecrets'] as const;

/**
 * @param received the pod as it came
 * @param changed what it is to become, sharing with `received` every object that did not change
 */
export function diff(received: Pod, changed: Pod): Patch {
  if (received.spec === changed.spec || !received.spec || !changed.spec)
    return jsonPatch.compare(received, changed);
  const aligned: Record<string, unknown> = { ...received.spec };
  const inLists = listFields.flatMap((field) => {
    const operations = operationsOn(field, received.spec?.[field], changed.spec?.[field]);
    if (operations) aligned[field] = changed.spec?.[field];
    return operations ?? [];
  });
  return [...jsonPatch.compare({ ...received, spec: aligned as PodSpec }, changed), ...inLists];
}

type List = readonly { readonly name: string }[] | null | undefined;

/**
 * Changes of old items, whose indices are still the old ones, then one `add` for each new item; undefined where
 * that is not all that happened to the list.
 */
function operationsOn(field: string, before: List, after: List): Operation[] | undefined {
  const path = `/spec/${field}`;
  if (before === after || !after) return undefined;
  if (!before) return [{ op: 'add', path, value: after }];
  const changes: Operation[] = [];
  const insertions: Operation[] = [];
  let next = 0;
  for (const [index, item] of after.entries()) {
    const old = before[next];
    if (old && (old === item || old.name === item.name)) {
      if (old !== item) changes.push(...within(`${path}/${next}`, old, item));
      next += 1;
    } else insertions.push({ op: 'add', path: `${path}/${index}`, value: item });
  }
  return next === before.length ? [...changes, ...insertions] : undefined;
}

function within(path: string, before: object, after: object): Operation[] {
  return jsonPatch.compare(before, after).map((operation) => ({ ...operation, path: path + operation.path }));
}
