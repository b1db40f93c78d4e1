/**
 * What people do while all this goes on: they edit, run, cancel, drain and rename, on any machine, at any moment, and
 * several at once without knowing of each other. Whatever is refused or never answered is as good as what is done.
 */
import { parametersOf } from '../../../core/domain/action.ts';
import type { FacetName, TaskDefinition } from '../../../core/domain/task.ts';
import type { ConflictValue } from '../../../core/document/document-protocol.ts';
import type { SimMachine } from '../sim-machine.ts';
import { drawValues } from '../story-links.ts';
import { isAttended, lastingMs, pickAttended, removedBy, shuffled } from './chance.ts';
import type { Fault, FaultScene } from './fault.ts';

/** How long somebody looks at the screen after a click. */
const GLANCE_MS = 100;
const CONFLICTING: readonly FacetName[] = ['about', 'schedule', 'placement', 'policy'];

export const PEOPLE_FAULTS: readonly Fault[] = [
  fault('edit', (scene, machine) => {
    put(scene, machine, edited(scene, scene.random.pick(scene.volatile)));
  }),
  fault('edits at once', async (scene) => {
    await apart(scene, (machine, task) => {
      put(scene, machine, edited(scene, task));
    });
  }),
  fault('delete against edit', async (scene) => {
    let deleting = true;
    await apart(scene, (machine, task) => {
      if (deleting) scene.ledger.ask(machine, { kind: 'delete-task', id: task.id });
      else put(scene, machine, edited(scene, task));
      deleting = false;
    });
  }),
  fault('delete', (scene, machine) => {
    scene.ledger.ask(machine, { kind: 'delete-task', id: scene.random.pick(scene.volatile).id });
  }),
  fault('restore', (scene, machine) => {
    for (const task of scene.volatile) {
      if (scene.random.fraction() < 0.5) scene.ledger.ask(machine, { kind: 'restore-task', id: task.id });
    }
  }),
  fault('suspend', (scene, machine) => {
    const { id } = scene.random.pick(scene.volatile);
    scene.ledger.ask(machine, { kind: 'suspend-task', id, suspended: scene.random.fraction() < 0.5 });
  }),
  fault('settle conflict', settleConflict),
  fault('run by hand', (scene, machine) => {
    const { random, cluster, ledger } = scene;
    const task = random.pick([...scene.volatile, ...scene.steady]);
    const { id } = task;
    const count = random.fraction() < 0.9 ? 1 : 1 + random.below(10);
    for (let times = 0; times < count; times += 1) {
      const there = random.fraction() < 0.3 ? { machine: random.pick(cluster.machines).id } : {};
      const values = parametersOf(task.action).length === 0 ? {} : { parameters: drawValues(random, task) };
      ledger.ask(machine, { kind: 'run-task', id, ...there, ...values });
    }
  }),
  fault('cancel', (scene, machine) => {
    const runs = machine.peer.view.activeRuns();
    if (runs.length > 0) scene.ledger.ask(machine, { kind: 'cancel-run', id: scene.random.pick(runs).id });
  }),
  {
    ...fault('drain', (scene, machine) => {
      const { observer, random, cluster, ledger } = scene;
      // Two machines at most, so that there is always somebody to run things.
      const { id } = random.pick(cluster.machines.slice(0, 2));
      // From the first word of it until all must have heard of its end it counts as drained.
      observer.drained.add(id);
      ledger.ask(machine, { kind: 'drain-machine', id, drained: random.fraction() < 0.5 });
    }),
    calm: undrainAll,
  },
  fault('rename', (scene, machine) => {
    const { id, name } = scene.random.pick(scene.cluster.machines);
    scene.ledger.ask(machine, { kind: 'rename-machine', id, name: `${name} ${scene.random.below(100)}` });
  }),
  fault('relabel', (scene, machine) => {
    const { id } = scene.random.pick(scene.cluster.machines);
    const labels = machine.peer.view.machines().find(({ entry }) => entry.id === id)?.entry.labels;
    if (labels === undefined) return;
    const shelf = String(scene.random.below(10));
    scene.ledger.ask(machine, { kind: 'label-machine', id, labels: { ...labels, shelf } });
  }),
];

function fault(name: string, act: (scene: FaultScene, machine: SimMachine) => void | Promise<void>): Fault {
  return {
    name,
    family: 'people',
    befall: async (scene) => {
      const machine = pickAttended(scene);
      if (machine === undefined) return;
      await act(scene, machine);
      await scene.observer.run(GLANCE_MS);
    },
  };
}

function put({ ledger }: FaultScene, machine: SimMachine, definition: TaskDefinition): void {
  ledger.ask(machine, { kind: 'put-tasks', mode: 'upsert', definitions: [definition] });
}

/** The task with another value of one facet. */
function edited({ random }: FaultScene, task: TaskDefinition): TaskDefinition {
  switch (random.below(4)) {
    case 0:
      return { ...task, about: { ...task.about, name: `${task.id} ${random.below(1000)}` } };
    case 1: {
      const expression = `*/${random.pick([7, 10, 20])} * * * * *`;
      return { ...task, schedule: { ...task.schedule, triggers: [{ kind: 'cron', expression }] } };
    }
    case 2: {
      // Never to several machines or back: what may run at a time would then follow from when each heard of it.
      const labels = random.pick([{}, { rack: 'left' }, { rack: 'right' }]);
      return { ...task, placement: { ...task.placement, labels } };
    }
    default: {
      if (task.policy.overlap === 'allow')
        return { ...task, policy: { ...task.policy, priority: random.below(9) - 4 } };
      const overlap = random.pick(['skip', 'queue-one', 'queue-all', 'replace'] as const);
      return { ...task, policy: { ...task.policy, overlap } };
    }
  }
}

/** Two people act on one task from two machines that do not hear of each other for a while. */
async function apart(scene: FaultScene, act: (machine: SimMachine, task: TaskDefinition) => void): Promise<void> {
  const { cluster, random, observer } = scene;
  const removed = removedBy(scene);
  const [left, right] = shuffled(scene).filter((machine) => isAttended(machine) && !removed.has(machine.id));
  if (left === undefined || right === undefined) return;
  const others = cluster.machines.filter((machine) => machine !== left).map((machine) => machine.id);
  cluster.network.split([left.id], others, { forMs: lastingMs(random, 200, 20_000), wholeForMs: 0 });
  const task = random.pick(scene.volatile);
  act(left, task);
  await observer.run(random.below(500));
  if (isAttended(right)) act(right, task);
}

/** Chooses one of the values that a conflict left. */
async function settleConflict(scene: FaultScene, machine: SimMachine): Promise<void> {
  const task = machine.peer.view.tasks().find(({ conflicts }) => conflicts.length > 0);
  if (task === undefined) return;
  const facet = CONFLICTING.find((name) => task.conflicts.includes(name));
  if (facet === undefined) return;
  const values: ConflictValue[] = [];
  void machine.peer.conflicts(task.id, facet).then((outcome) => {
    if (outcome.ok) values.push(...outcome.value);
  });
  await scene.observer.run(GLANCE_MS);
  if (values.length === 0 || !isAttended(machine)) return;
  const { key } = scene.random.pick(values);
  scene.ledger.ask(machine, { kind: 'settle-conflict', id: task.id, facet, chosen: key });
}

/** Whoever is drained still takes part again; asked until it is so. */
async function undrainAll(scene: FaultScene): Promise<void> {
  const { cluster, observer, ledger } = scene;
  for (let tries = 0; tries < UNDRAIN_TRIES && observer.drained.size > 0; tries += 1) {
    await observer.run(UNDRAIN_PAUSE_MS);
    const machine = pickAttended(scene);
    if (machine === undefined) continue;
    const asked = [...observer.drained].map((id) => ({
      id,
      entry: ledger.ask(machine, { kind: 'drain-machine', id, drained: false }),
    }));
    await observer.run(GLANCE_MS);
    for (const { id, entry } of asked) {
      const gone = entry.outcome?.ok === false && entry.outcome.error.code === 'MACHINE_NOT_FOUND';
      if (entry.outcome?.ok === true || gone) observer.drained.delete(id);
    }
  }
  if (observer.drained.size > 0 && cluster.machines.length > 0) throw new Error('nobody could end the draining');
}

const UNDRAIN_TRIES = 20;
/** Whoever was cut off meets the others first, so that an undrain is the last word. */
const UNDRAIN_PAUSE_MS = 30_000;
