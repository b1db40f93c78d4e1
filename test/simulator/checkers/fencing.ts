/**
 * Fencing: no two starts of a task have the same token, and where its runs may not overlap, each start has a higher one
 * than all before it. At-most-once: always. At-least-once: where the machines concerned were in touch, for two sides of
 * a split count on their own. Tasks that run on several machines count for each machine alone.
 */
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { RealStart } from '../sim-processes.ts';
import type { Checker, CheckScene } from './checker.ts';
import { Findings, nameStart, startsByTask, tasksOf } from './evidence.ts';
import { runOnSeveral, wereInTouch } from './touch.ts';

export const fencing: Checker = {
  invariant: 'fencing',
  check: (scene) => {
    const findings = new Findings('fencing');
    const starts = startsByTask(scene.cluster.starts);
    for (const task of tasksOf(scene)) {
      if (!runOnSeveral(task)) checkTask(scene, task, starts.get(task.id) ?? [], findings);
    }
    return findings.violations;
  },
};

function checkTask(scene: CheckScene, task: TaskDefinition, starts: readonly RealStart[], findings: Findings): void {
  const always = task.policy.guarantee === 'at-most-once';
  const byToken = new Map<number, RealStart>();
  let highest: RealStart | undefined;
  for (const start of starts) {
    const same = byToken.get(start.fencingToken);
    const blame = (earlier: RealStart, what: string): void => {
      if (!always && !wereInTouch(scene, earlier, start)) return;
      const names = `${nameStart(scene.cluster, earlier)}, then ${nameStart(scene.cluster, start)}`;
      findings.add(start.atMs, `${task.id}: ${what}: ${names}`);
    };
    if (same !== undefined) {
      blame(same, `token ${start.fencingToken} twice`);
    } else if (highest !== undefined && start.fencingToken < highest.fencingToken && task.policy.overlap !== 'allow') {
      blame(highest, `token ${start.fencingToken} after ${highest.fencingToken}`);
    }
    byToken.set(start.fencingToken, start);
    if (highest === undefined || start.fencingToken > highest.fencingToken) highest = start;
  }
}
