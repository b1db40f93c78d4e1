/** The machines of the cluster that is shown in pictures: busy and idle, of several systems, one gone, one let go. */
import type { MachineId } from '../../../core/domain/ids.ts';
import type { Role } from '../../../core/domain/machine.ts';
import type { MachineView } from '../../../core/peer/peer-view.ts';
import { type FakePeer, MACHINES } from '../../fakes/peer-handle.ts';
import { machine } from '../../fakes/run-records.ts';

const GIBIBYTE = 2 ** 30;
const DAY_MS = 86_400_000;

export const STUDIO = machine('studio');
export const SHOP = machine('shop-1');

interface Look {
  readonly id: MachineId;
  readonly name: string;
  readonly roles: Role[];
  readonly labels: Record<string, string>;
  readonly slots: number;
  readonly slotsUsed: number;
  readonly processorLoad: number;
  readonly freeGibibytes: number;
  readonly facts?: Partial<NonNullable<MachineView['facts']>>;
  readonly silentMs?: number;
  readonly state?: MachineView['state'];
  readonly stateReason?: string;
  readonly skewMs?: number;
  readonly drained?: boolean;
  readonly address: string;
  readonly days: number;
}

const LOOKS: readonly Look[] = [
  {
    id: MACHINES.alpha,
    name: 'workbench',
    roles: ['admin', 'editor', 'executor'],
    labels: { room: 'office', disk: 'small' },
    slots: 8,
    slotsUsed: 2,
    processorLoad: 0.64,
    freeGibibytes: 11,
    address: '192.168.7.20',
    days: 210,
  },
  {
    id: MACHINES.beta,
    name: 'nas',
    roles: ['admin', 'editor', 'executor'],
    labels: { room: 'cellar', disk: 'large' },
    slots: 4,
    slotsUsed: 1,
    processorLoad: 0.22,
    freeGibibytes: 2.4,
    skewMs: 2340,
    address: '192.168.7.4',
    days: 209,
  },
  {
    id: SHOP,
    name: 'shop-1',
    roles: ['executor'],
    labels: { room: 'cellar', disk: 'large', net: 'dmz' },
    slots: 6,
    slotsUsed: 1,
    processorLoad: 0.09,
    freeGibibytes: 27,
    address: '192.168.7.31',
    days: 120,
  },
  {
    id: STUDIO,
    name: 'studio',
    roles: ['editor', 'executor'],
    labels: { room: 'studio' },
    slots: 4,
    slotsUsed: 0,
    processorLoad: 0.03,
    freeGibibytes: 9,
    facts: { operatingSystem: 'darwin', architecture: 'arm64' },
    drained: true,
    address: '192.168.7.52',
    days: 64,
  },
  {
    id: MACHINES.gamma,
    name: 'attic-pi',
    roles: ['executor'],
    labels: { room: 'attic', disk: 'small' },
    slots: 2,
    slotsUsed: 0,
    processorLoad: 0.1,
    freeGibibytes: 1,
    facts: { architecture: 'arm64' },
    silentMs: 252_000,
    state: 'dead',
    stateReason: 'no sign of life, and two others could not reach it',
    address: '192.168.7.88',
    days: 33,
  },
];

export function addMachines(peer: FakePeer, now: number): void {
  const model = peer.machinesById.get(MACHINES.beta);
  if (model?.facts === undefined) throw new Error('the peer has a machine beta');
  for (const look of LOOKS) {
    const view = peer.machinesById.get(look.id) ?? model;
    peer.machinesById.set(look.id, {
      ...view,
      entry: {
        ...view.entry,
        id: look.id,
        name: look.name,
        roles: look.roles,
        labels: look.labels,
        drained: look.drained === true,
        addedAt: now - look.days * DAY_MS,
      },
      fingerprint: fingerprintFor(look.id),
      state: look.state ?? 'alive',
      stateReason: look.stateReason ?? 'heard a moment ago',
      lastSeenAt: now - (look.silentMs ?? 400),
      facts: { ...model.facts, ...look.facts, slots: look.slots },
      load: {
        slotsUsed: look.slotsUsed,
        freeMemoryBytes: Math.round(look.freeGibibytes * GIBIBYTE),
        processorLoad: look.processorLoad,
      },
      clockSkewMs: view.self ? undefined : (look.skewMs ?? 4),
      runLogSequence: 4210 + look.days,
      announcedLogSequence: 4210 + look.days,
      addresses: [`/ip4/${look.address}/tcp/47500`],
    });
  }
}

/** Of the form that real ones have. */
function fingerprintFor(id: MachineId): string {
  return id
    .slice(-16)
    .toUpperCase()
    .replaceAll(/[ILOU]/g, '7')
    .replace(/(.{4})(.{4})(.{4})/, '$1-$2-$3-');
}
