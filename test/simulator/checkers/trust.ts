/**
 * Trust: nothing starts on a machine after it has learned of its removal, nor more than a bound after another machine
 * knew of it that could reach it; and nothing runs that nobody asked for: the action of every real start is one that
 * some definition had, with the values that a person gave for its parameters, or their defaults.
 */
import { parametersOf } from '../../../core/domain/action.ts';
import type { TaskId } from '../../../core/domain/ids.ts';
import { parameterVariable, resolveParameters } from '../../../core/domain/parameter.ts';
import { canonicalJson } from '../../../core/document/canonical-json.ts';
import type { RealStart } from '../sim-processes.ts';
import type { Checker, CheckScene } from './checker.ts';
import { type Evidence, evidenceOf, Findings, nameStart, startsByTask, tasksOf } from './evidence.ts';

/** A removed machine learns of its removal within this from whoever can reach it. */
const LEARNS_WITHIN_MS = 5000;

export const trust: Checker = {
  invariant: 'trust',
  check: async (scene) => {
    const findings = new Findings('trust');
    const asked = actionsAskedFor(scene);
    const { runs } = await evidenceOf(scene);
    checkValues(scene, { runs, starts: startsByTask(scene.cluster.starts) }, findings);
    for (const start of scene.cluster.starts) {
      checkRemoval(scene, start, findings);
      if (asked.get(start.taskId)?.has(canonicalJson(start.action)) === true) continue;
      findings.add(start.atMs, `${start.taskId} did what nobody asked for: ${nameStart(scene.cluster, start)}`);
    }
    return findings.violations;
  },
};

/** No edit of a story changes parameters, so each start has the values of what it was started for, as its record says. */
function checkValues(scene: CheckScene, { runs, starts }: Pick<Evidence, 'runs' | 'starts'>, findings: Findings): void {
  const known = [...runs.values()].flatMap((ofMember) => [...ofMember.values()].flat());
  const causes = new Map(known.map(({ id, cause }) => [id, cause]));
  for (const task of tasksOf(scene)) {
    const declared = parametersOf(task.action);
    for (const start of starts.get(task.id) ?? []) {
      const cause = causes.get(start.runId);
      if (cause === undefined) continue;
      const resolved = resolveParameters(declared, cause.kind === 'manual' ? cause.parameters : undefined);
      const values = resolved.ok ? resolved.value : {};
      const same = declared.every(({ name }) => start.parameters.get(parameterVariable(name)) === values[name]);
      if (same && start.parameters.size === declared.length) continue;
      const given = JSON.stringify(Object.fromEntries(start.parameters));
      findings.add(start.atMs, `${task.id}: ${nameStart(scene.cluster, start)} was given ${given}`);
    }
  }
}

function checkRemoval(scene: CheckScene, start: RealStart, findings: Findings): void {
  const { cluster, observer } = scene;
  if (!observer.isRemoved(start.machine)) return;
  const learnedAtMs = observer.knewOfRemovalAtMs(start.machine, start.machine);
  const name = nameStart(cluster, start);
  if (learnedAtMs !== undefined && start.atMs > learnedAtMs) {
    return findings.add(start.atMs, `${name} started though it had learned of its removal at ${learnedAtMs}`);
  }
  for (const knower of cluster.machines) {
    if (knower.id === start.machine) continue;
    const knewAtMs = observer.knewOfRemovalAtMs(knower.id, start.machine);
    if (knewAtMs === undefined || start.atMs <= knewAtMs + LEARNS_WITHIN_MS) continue;
    // Before and after: only who was connected then can tell it.
    const [from, until] = [knewAtMs - LEARNS_WITHIN_MS, knewAtMs + LEARNS_WITHIN_MS];
    if (!observer.couldStillTalk(knower.id, start.machine, from, until)) continue;
    return findings.add(start.atMs, `${name} started though ${knower.name} knew of its removal at ${knewAtMs}`);
  }
}

/** By task, every action that a definition of it has had, as canonical text. */
function actionsAskedFor(scene: CheckScene): Map<TaskId, Set<string>> {
  const asked = new Map<TaskId, Set<string>>();
  const put = ledgerDefinitions(scene);
  for (const { id, action } of [...tasksOf(scene), ...put]) {
    let actions = asked.get(id);
    if (actions === undefined) asked.set(id, (actions = new Set()));
    actions.add(canonicalJson(action));
  }
  return asked;
}

function ledgerDefinitions({ ledger }: CheckScene): CheckScene['steady'] {
  return ledger.entries.flatMap(({ command }) => (command.kind === 'put-tasks' ? command.definitions : []));
}
