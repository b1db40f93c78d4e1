/** At-most-once: one start per occurrence and attempt, ever, whatever happened. */
import type { Checker } from './checker.ts';
import { Findings, nameStart, startsByTask, tasksOf } from './evidence.ts';

export const atMostOnce: Checker = {
  invariant: 'at-most-once',
  check: (scene) => {
    const findings = new Findings('at-most-once');
    const starts = startsByTask(scene.cluster.starts);
    for (const task of tasksOf(scene)) {
      if (task.policy.guarantee !== 'at-most-once') continue;
      const seen = new Map<string, string>();
      for (const start of starts.get(task.id) ?? []) {
        const key = `${start.occurrenceId}/${start.attempt}`;
        const name = nameStart(scene.cluster, start);
        const earlier = seen.get(key);
        if (earlier !== undefined) findings.add(start.atMs, `${task.id}: ${earlier}, and again ${name}`);
        seen.set(key, name);
      }
    }
    return findings.violations;
  },
};
