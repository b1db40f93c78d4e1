/** Circles among files, by Tarjan's strongly connected components (R. Tarjan, SIAM J. Comput. 1, 1972). */

/** The groups of two or more nodes that reach each other, each sorted, the groups in the order of their first node. */
export function findCircles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const path: string[] = [];
  const onPath = new Set<string>();
  const circles: string[][] = [];

  const visit = (node: string): number => {
    const index = order.size;
    order.set(node, index);
    let lowest = index;
    path.push(node);
    onPath.add(node);
    for (const next of edges.get(node) ?? []) {
      if (!order.has(next)) lowest = Math.min(lowest, visit(next));
      else if (onPath.has(next)) lowest = Math.min(lowest, order.get(next) ?? lowest);
    }
    if (lowest === index) closeGroup(node);
    return lowest;
  };

  const closeGroup = (root: string): void => {
    const group = path.splice(path.indexOf(root));
    for (const node of group) onPath.delete(node);
    if (group.length > 1) circles.push(group.sort());
  };

  for (const node of edges.keys()) if (!order.has(node)) visit(node);
  return circles.sort((a, b) => (a[0] ?? '').localeCompare(b[0] ?? ''));
}
