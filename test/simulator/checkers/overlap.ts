/**
 * Overlap: wherever the machines concerned could reach each other and a common third, a task that does not allow it
 * never runs twice at a time.
 */
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { RealStart } from '../sim-processes.ts';
import type { Checker, CheckScene } from './checker.ts';
import { Findings, nameStart, startsByTask, tasksOf } from './evidence.ts';
import { runOnSeveral, wereInTouch } from './touch.ts';

export const overlap: Checker = {
  invariant: 'overlap',
  check: (scene) => {
    const findings = new Findings('overlap');
    const starts = startsByTask(scene.cluster.starts);
    for (const task of tasksOf(scene)) {
      if (task.policy.overlap === 'allow' || runOnSeveral(task)) continue;
      checkTask(scene, task, starts.get(task.id) ?? [], findings);
    }
    return findings.violations;
  },
};

function checkTask(scene: CheckScene, task: TaskDefinition, starts: readonly RealStart[], findings: Findings): void {
  let running: RealStart[] = [];
  for (const start of starts) {
    running = running.filter((earlier) => (earlier.endedAtMs ?? Infinity) > start.atMs);
    for (const earlier of running) {
      if (!wereInTouch(scene, earlier, start)) continue;
      const names = `${nameStart(scene.cluster, earlier)} and ${nameStart(scene.cluster, start)}`;
      findings.add(start.atMs, `${task.id}: ${names}`);
    }
    running.push(start);
  }
}
