/**
 * How deep a document is nested. Most of what reads a tree calls itself once a level, and a stack of some
 * thousand levels is all that there is; so a document that goes deeper is refused before anything else walks it.
 */
import { isAlias, isCollection, isPair, type Node, type ParsedNode } from 'yaml';

/** Kubernetes' own objects stay below 30 levels, schemas of custom resources below 100. */
export const deepest = 500;

interface Level {
  readonly node: Node;
  /** Keys and values of a map, items of a list. */
  readonly children: readonly unknown[];
  next: number;
  /** Of what has been seen in it so far. */
  height: number;
}

/**
 * Looks for what is nested too deep, aliases counted as what they stand for. Calls itself never.
 * @param root in which every alias stands behind its anchor
 * @returns the first such node
 */
export function tooDeepIn(root: ParsedNode): Node | undefined {
  const heights = new Map<string, number>();
  const path: Level[] = [];
  const enter = (node: unknown): Node | undefined => {
    const height = isAlias(node) ? (heights.get(node.source) ?? 0) : isCollection(node) ? 1 : 0;
    if (path.length + height > deepest) return node as Node;
    const level = path.at(-1);
    if (level && isAlias(node)) level.height = Math.max(level.height, height);
    if (isCollection(node)) path.push({ node, children: childrenOf(node), next: 0, height: 0 });
    return undefined;
  };
  let found = enter(root);
  for (let level = path.at(-1); level !== undefined && found === undefined; level = path.at(-1)) {
    if (level.next < level.children.length) found = enter(level.children[level.next++]);
    else leave(path, heights);
  }
  return found;
}

function childrenOf(node: { readonly items: readonly unknown[] }): readonly unknown[] {
  return node.items.flatMap((item) => (isPair(item) ? [item.key, item.value] : [item]));
}

function leave(path: Level[], heights: Map<string, number>): void {
  const level = path.pop();
  if (level === undefined) return;
  const height = level.height + 1;
  if ('anchor' in level.node && level.node.anchor !== undefined) heights.set(level.node.anchor, height);
  const parent = path.at(-1);
  if (parent) parent.height = Math.max(parent.height, height);
}
