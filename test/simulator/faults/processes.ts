/**
 * What befalls the processes that a cluster starts: they fail, hang, flood, die, vanish, or outlive their agent. A
 * machine whose programs misbehave is mended after a while, and what still hangs then is killed.
 */
import type { LaunchSpec } from '../../../core/ports/process-runner.ts';
import type { SimMachine } from '../sim-machine.ts';
import type { ProgramBehaviour } from '../sim-processes.ts';
import { lastingMs } from './chance.ts';
import type { Fault, FaultScene } from './fault.ts';
import { bootLater } from './machines.ts';

const MINUTE = 60_000;
const FLOOD_BYTES = 4 * 1024 ** 3;
const HANG_MAX_MS = 10 * MINUTE;
const ORPHAN_MAX_MS = 10 * MINUTE;

type Change = Partial<ProgramBehaviour>;

export const PROCESS_FAULTS: readonly Fault[] = [
  misbehaviour('exit code', ({ random }) => ({ exitCode: 1 + random.below(255) })),
  misbehaviour('hang', () => ({ durationMs: Infinity })),
  misbehaviour('deaf to TERM', () => ({ durationMs: Infinity, ignoresTerm: true })),
  misbehaviour('output flood', ({ random }) => ({ outputBytes: random.below(FLOOD_BYTES) })),
  misbehaviour('crash', ({ random }) => ({ signal: random.pick(['SIGSEGV', 'SIGABRT', 'SIGKILL']) })),
  misbehaviour('command not found', ({ random }) => ({
    refusal: random.pick(['COMMAND_NOT_FOUND', 'PERMISSION_DENIED', 'WORKING_DIRECTORY_MISSING'] as const),
  })),
  misbehaviour('long run', ({ random }) => ({ durationMs: lastingMs(random, 10_000, 10 * MINUTE) })),
  fault('process killed', (scene) => {
    const machine = pick(scene);
    const living = machine.processes.living();
    if (living.length > 0) machine.processes.killOne(scene.random.pick(living).runId);
  }),
  fault('launcher killed', (scene) => {
    pick(scene).processes.loseLauncher();
  }),
  fault('orphans', (scene) => {
    const busy = scene.cluster.machines.filter((machine) => machine.processes.living().length > 0);
    if (busy.length === 0) return;
    const machine = scene.random.pick(busy);
    machine.kill();
    bootLater(scene, machine, lastingMs(scene.random, 10, ORPHAN_MAX_MS));
  }),
];

/** For a while, some or all that a machine starts behaves otherwise. */
function misbehaviour(name: string, change: (scene: FaultScene) => Change): Fault {
  return fault(name, (scene) => {
    const { random, cluster } = scene;
    const { processes } = pick(scene);
    const share = random.fraction() < 0.5 ? 1 : random.fraction();
    const misbehave = (_: LaunchSpec, usual: ProgramBehaviour): ProgramBehaviour => {
      return random.fraction() < share ? { ...usual, ...change(scene) } : usual;
    };
    processes.misbehave = misbehave;
    cluster.time.after(lastingMs(random, 1000, HANG_MAX_MS), () => {
      if (processes.misbehave !== misbehave) return;
      processes.misbehave = undefined;
      processes.endHung();
    });
  });
}

function fault(name: string, befall: Fault['befall']): Fault {
  return { name, family: 'process', befall, calm };
}

function calm({ cluster }: FaultScene): void {
  for (const { processes } of cluster.machines) {
    processes.misbehave = undefined;
    processes.endHung();
  }
}

function pick({ cluster, random }: FaultScene): SimMachine {
  return random.pick(cluster.machines);
}
