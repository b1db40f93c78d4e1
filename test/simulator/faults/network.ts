/**
 * What befalls a network. Every trouble ends by itself after a time that is drawn, and a link that has healed stays
 * whole for a drawn while, so that some stories flutter and others have long nights apart. All at once when it calms.
 */
import type { MachineId } from '../../../core/domain/ids.ts';
import type { Cut } from '../sim-link.ts';
import { lastingMs, shuffled } from './chance.ts';
import type { Fault, FaultScene } from './fault.ts';

export const NETWORK_FAULTS: readonly Fault[] = [
  fault('halves', (scene) => {
    const ids = shuffledIds(scene);
    const size = 1 + scene.random.below(ids.length - 1);
    scene.cluster.network.split(ids.slice(0, size), ids.slice(size), drawCut(scene));
  }),
  fault('isolation', (scene) => {
    const [alone, ...others] = shuffledIds(scene);
    scene.cluster.network.split([alone as MachineId], others, drawCut(scene));
  }),
  fault('ring', partitionAsRing),
  fault('bridge', (scene) => {
    // Two halves that know each other only through one machine, which reaches all.
    const [, ...others] = shuffledIds(scene);
    const size = Math.floor(others.length / 2);
    scene.cluster.network.split(others.slice(0, size), others.slice(size), drawCut(scene));
  }),
  fault('one-way', (scene) => {
    const [from, to] = shuffledIds(scene);
    scene.cluster.network.cut(from as MachineId, to as MachineId, drawCut(scene));
  }),
  fault('deaf', (scene) => {
    const [deaf, ...others] = shuffledIds(scene);
    const cut = drawCut(scene);
    for (const other of others) scene.cluster.network.cut(other, deaf as MachineId, cut);
  }),
  fault('mute', (scene) => {
    const [mute, ...others] = shuffledIds(scene);
    const cut = drawCut(scene);
    for (const other of others) scene.cluster.network.cut(mute as MachineId, other, cut);
  }),
  fault('flapping', flap),
  fault('broken streams', (scene) => {
    const [first, ...others] = shuffledIds(scene);
    const share = scene.random.fraction();
    for (const other of others) {
      if (scene.random.fraction() < share) scene.cluster.network.breakStream(first as MachineId, other);
    }
  }),
  fault('slow network', ({ cluster, random }) => {
    cluster.network.faults.maxDelayMs = lastingMs(random, 2, 2000);
  }),
  fault('slow links', (scene) => {
    const { cluster, random } = scene;
    const [first, ...others] = shuffledIds(scene);
    const forMs = lastingMs(random, 1000, 600_000);
    const minDelayMs = lastingMs(random, 1, 2000);
    for (const other of others) {
      if (random.fraction() < 0.5) continue;
      const delay = { minDelayMs, maxDelayMs: minDelayMs * (1 + random.fraction() * 4) };
      cluster.network.link(first as MachineId, other).slowFor(cluster.time.now, forMs, delay);
      if (random.fraction() < 0.5)
        cluster.network.link(other, first as MachineId).slowFor(cluster.time.now, forMs, delay);
    }
  }),
  fault('loss', ({ cluster, random }) => {
    cluster.network.faults.lossRate = random.fraction() * 0.3;
  }),
  fault('one-way loss', (scene) => {
    const { cluster, random } = scene;
    const [from, to] = shuffledIds(scene);
    const forMs = lastingMs(random, 1000, 600_000);
    cluster.network.link(from as MachineId, to as MachineId).loseFor(cluster.time.now, forMs, random.fraction());
  }),
  fault('disorder', ({ cluster, random }) => {
    const { faults } = cluster.network;
    faults.duplicateRate = random.fraction() * 0.5;
    faults.reorderRate = random.fraction() * 0.5;
    faults.reorderMs = lastingMs(random, 100, 60_000);
  }),
  fault('healing', ({ cluster, random }) => {
    cluster.network.heal();
    if (random.fraction() < 0.3) cluster.network.calm();
  }),
];

function fault(name: string, befall: (scene: FaultScene) => void): Fault {
  return {
    name,
    family: 'network',
    befall,
    calm: ({ cluster }) => {
      cluster.network.calm();
    },
  };
}

/** Each reaches only its two neighbours; everybody is reachable through others. */
function partitionAsRing(scene: FaultScene): void {
  const ids = shuffledIds(scene);
  const cut = drawCut(scene);
  for (const [index, a] of ids.entries()) {
    for (const [other, b] of ids.entries()) {
      const apart = Math.abs(index - other);
      if (apart > 1 && apart < ids.length - 1) scene.cluster.network.cut(a, b, cut);
    }
  }
}

/** One machine comes and goes, again and again, while the story goes on. */
function flap(scene: FaultScene): void {
  const { network, time } = scene.cluster;
  const [alone, ...others] = shuffledIds(scene);
  const { era } = network;
  const outMs = lastingMs(scene.random, 100, 10_000);
  const inMs = lastingMs(scene.random, 100, 10_000);
  let times = 2 + scene.random.below(20);
  const next = (): void => {
    if (network.era !== era || times === 0) return;
    times -= 1;
    const forMs = Math.round(outMs * (0.5 + scene.random.fraction()));
    network.split([alone as MachineId], others, { forMs, wholeForMs: 0 });
    time.after(forMs + inMs * (0.5 + scene.random.fraction()), next);
  };
  next();
}

function drawCut({ random }: FaultScene): Cut {
  return { forMs: lastingMs(random, 200, 900_000), wholeForMs: lastingMs(random, 100, 30_000) };
}

function shuffledIds(scene: FaultScene): MachineId[] {
  return shuffled(scene).map((machine) => machine.id);
}
