/** Lets all checkers judge a story that has become calm. */
import type { CheckScene, InvariantName, Violation } from './checkers/checker.ts';
import { checkAccounted, checkAgreement, checkOverlap, checkSlots, checkStarts } from './checkers.ts';
import { simTask } from './sim-cluster.ts';

export async function judge(scene: CheckScene, slots: number): Promise<Violation[]> {
  const { cluster, observer, steady, volatile, beginMs, endMs } = scene;
  const all = [...steady, ...volatile];
  const probe = simTask('probe', undefined, { policy: { overlap: 'allow' } });
  const found = [
    ...checkStarts(cluster, all),
    ...checkOverlap(cluster, observer, all),
    ...(await checkAccounted(cluster, observer, steady, beginMs + 1000, endMs - 60_000)),
    ...(await checkAgreement(cluster, all)),
    ...(await checkSlots(cluster, probe, slots)),
  ];
  const invariant = (text: string): InvariantName => {
    const [name] = text.split(':');
    if (name === 'accounted') return 'at-least-once';
    return name === 'ghost' || name === 'slots' ? 'liveness' : (name as InvariantName);
  };
  return found.map((detail) => ({ invariant: invariant(detail), atMs: cluster.time.now, detail }));
}
