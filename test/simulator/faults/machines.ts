/**
 * What befalls machines and their agents. Whoever goes comes back after a time that is drawn, between a blink and half a
 * day, and finds a cluster that has moved on; all are back when it calms. A machine that was retired by people stays off.
 */
import type { SimMachine } from '../sim-machine.ts';
import { lastingMs, shuffled } from './chance.ts';
import type { Fault, FaultScene } from './fault.ts';

const HOUR = 3_600_000;
/** What a service manager waits for an agent that was told to stop, before it kills it. */
const STOP_MAX_MS = 6000;

export const MACHINE_FAULTS: readonly Fault[] = [
  fault('kill', (scene) => {
    const machine = pick(scene);
    machine.kill();
    bootLater(scene, machine, lastingMs(scene.random, 10, 2 * HOUR));
  }),
  fault('power loss', (scene) => {
    const machine = pick(scene);
    machine.losePower();
    bootLater(scene, machine, lastingMs(scene.random, 1000, 12 * HOUR));
  }),
  fault('restart', (scene) => {
    const machine = pick(scene);
    machine.kill();
    bootLater(scene, machine, 1);
  }),
  fault('crash loop', crashLoop),
  fault('boot', (scene) => bootAll(scene)),
  fault('stop', async (scene) => {
    const machine = pick(scene);
    await stopInOrder(scene, machine);
    bootLater(scene, machine, lastingMs(scene.random, 10, 2 * HOUR));
  }),
  fault('pause', (scene) => {
    pick(scene).pause(lastingMs(scene.random, 100, 90_000));
  }),
  fault('long pause', (scene) => {
    pick(scene).pause(lastingMs(scene.random, 60_000, 5 * HOUR));
  }),
  fault('sleep', (scene) => {
    const machine = pick(scene);
    if (machine.running) machine.sleep(lastingMs(scene.random, 1000, 10 * HOUR));
  }),
  fault('blackout', ({ cluster, random, ...scene }) => {
    if (random.fraction() > 0.3) return;
    const forMs = lastingMs(random, 1000, HOUR);
    for (const machine of cluster.machines) {
      machine.losePower();
      bootLater({ cluster, random, ...scene }, machine, forMs + random.below(20_000));
    }
  }),
  fault('slow machine', (scene) => {
    const { random } = scene;
    pick(scene).clock.slowDown(10 + random.below(91), lastingMs(random, 1000, 300_000));
  }),
];

function fault(name: string, befall: Fault['befall']): Fault {
  return { name, family: 'crash', befall, calm: recover };
}

function pick({ cluster, random }: FaultScene): SimMachine {
  return random.pick(cluster.machines);
}

/** The same agent dies again and again, at any moment of its start. */
function crashLoop(scene: FaultScene): void {
  const { cluster, random } = scene;
  const machine = pick(scene);
  let atMs = 0;
  for (let count = 0; count < 5; count += 1) {
    atMs += lastingMs(random, 1, 8000);
    cluster.time.after(atMs, () => {
      machine.kill();
    });
    atMs += 10;
    bootLater(scene, machine, atMs);
  }
}

/** Quits as on a signal; killed when it takes too long. */
export async function stopInOrder({ observer }: FaultScene, machine: SimMachine): Promise<void> {
  void machine.stop();
  for (let waitedMs = 0; machine.stopping && waitedMs < STOP_MAX_MS; waitedMs += 50) await observer.run(50);
  if (machine.stopping) machine.kill();
}

/** Boots it after a while, unless somebody did so before, or it has been retired. */
export function bootLater({ cluster }: FaultScene, machine: SimMachine, delayMs: number): void {
  cluster.time.after(delayMs, () => {
    if (mayBoot(machine)) void machine.boot();
  });
}

async function bootAll(scene: FaultScene): Promise<void> {
  for (const machine of shuffled(scene)) if (mayBoot(machine)) await machine.boot();
}

function mayBoot(machine: SimMachine): boolean {
  return !machine.running && !machine.stopping && !machine.retired;
}

/** Everybody is there, awake, and as quick as usual. */
async function recover(scene: FaultScene): Promise<void> {
  for (const machine of scene.cluster.machines) {
    machine.clock.hurry();
    machine.wakeUp();
  }
  await bootAll(scene);
}
