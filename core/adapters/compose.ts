/**
 * Puts a real peer together: data folder, key, store, document thread, launcher, mesh. The one place that knows every
 * adapter. What cannot be had is a refusal that says why; what was opened by then is closed again.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { LIMITS } from '../config/constants.ts';
import { machineIdSchema, type MachineId } from '../domain/ids.ts';
import type { MachineFacts } from '../domain/machine.ts';
import { Peer } from '../peer/peer.ts';
import type { PeerHandle } from '../peer/peer-handle.ts';
import type { LocalPolicySource } from '../ports/local-policy-source.ts';
import type { Logger } from '../ports/logger.ts';
import type { Transport } from '../ports/transport.ts';
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';
import { bootIdOf } from './boot-id.ts';
import { prepareDataFolder } from './data-folder.ts';
import { createWorkerHost } from './document/worker-host.ts';
import { createSigner } from './keys/ed25519.ts';
import { loadOrCreateKey, type MachineKey } from './keys/key-file.ts';
import type { KeyWrap } from './keys/key-wrap.ts';
import { loadOrCreateSealer } from './keys/sealing.ts';
import { createTransport } from './libp2p/transport.ts';
import { createOutputStore } from './processes/output-store.ts';
import { createNotifier } from './notifier/notifier.ts';
import { createProcessRunner } from './processes/process-runner.ts';
import { openRunQueries } from './sqlite/run-queries.ts';
import { openStateStore } from './sqlite/state-store.ts';
import { createSystemClock } from './system-clock.ts';
import { createSystemLoad } from './system-load.ts';
import { createSystemRandom } from './system-random.ts';

export interface PeerStartOptions {
  readonly dataFolder: string;
  /** Name in the roster of a cluster that is created or joined; the host name is a good one. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Multiaddrs; empty: every address, on the port of last time or a free one. */
  readonly listen: readonly string[];
  /** Multiaddrs of peers, each ending in /p2p/ and the machine's id. */
  readonly peers: readonly string[];
  readonly mdns: boolean;
  readonly version: string;
  readonly logger: Logger;
  /** What its owner lets the cluster do here. */
  readonly policy: LocalPolicySource;
  /** Runs at once; four for each processor, at least eight, when not given. */
  readonly slots?: number;
  /** Wraps the keys at rest; of a host that has a keyring. */
  readonly keyWrap?: KeyWrap;
}

/** Starts this machine's peer. Resolves when it listens. */
export async function startPeer(options: PeerStartOptions): Promise<Result<PeerHandle>> {
  const seeds = parseSeeds(options.peers);
  if (!seeds.ok) return seeds;
  const folder = prepareDataFolder(options.dataFolder);
  if (!folder.ok) return folder;
  const opened = await openPeer({ ...options, dataFolder: folder.value.path }, seeds.value);
  if (!opened.ok) {
    folder.value.release();
    return opened;
  }
  const peer = opened.value;
  const stop = peer.stop.bind(peer);
  peer.stop = async () => {
    await stop();
    folder.value.release();
  };
  return ok(peer);
}

type Seeds = { machine: MachineId; addresses: string[] }[];

async function openPeer(options: PeerStartOptions, seeds: Seeds): Promise<Result<Peer>> {
  const { dataFolder, logger, keyWrap } = options;
  const key = loadOrCreateKey(dataFolder, keyWrap);
  if (!key.ok) return key;
  const sealer = await loadOrCreateSealer(dataFolder, keyWrap);
  if (!sealer.ok) return sealer;
  const store = openStateStore({ dataFolder, logger, now: Date.now });
  if (!store.ok) return store;
  const transport = chooseTransport(options, key.value);
  const peer = new Peer({
    identity: {
      self: key.value.signer.self,
      name: options.name,
      labels: options.labels,
      version: options.version,
      facts: factsOf(options),
      sealingKey: sealer.value.publicKey,
      bootId: bootIdOf(dataFolder),
      seeds,
    },
    ports: {
      clock: createSystemClock(),
      transport,
      store: store.value,
      processes: createProcessRunner({ dataFolder, logger }),
      outputs: createOutputStore({ dataFolder }),
      document: createWorkerHost(key.value.seed),
      sealer: sealer.value,
      notifier: createNotifier(),
      load: createSystemLoad(),
      policy: options.policy,
      logger,
    },
    random: createSystemRandom(),
    createSigner,
    signer: key.value.signer,
    runs: openRunQueries({ dataFolder, logger }),
  });
  const started = await peer.start();
  if (!started.ok) {
    await peer.stop();
    return started;
  }
  rememberPort(dataFolder, transport.addresses());
  return ok(peer);
}

function factsOf(options: PeerStartOptions): MachineFacts {
  return {
    operatingSystem: process.platform,
    architecture: process.arch,
    version: options.version,
    timeZoneDataVersion: process.versions['tz'] ?? '',
    slots: options.slots ?? Math.min(LIMITS.slots, Math.max(8, 4 * availableParallelism())),
  };
}

/** The port stays the same from start to start, so that others find this machine where they met it. */
function chooseTransport(options: PeerStartOptions, key: MachineKey): Transport {
  const settings = {
    seed: key.seed,
    signer: key.signer,
    announceLoopback: false,
    mdns: options.mdns,
    logger: options.logger,
  };
  if (options.listen.length > 0) return createTransport({ ...settings, listen: options.listen });
  const port = rememberedPort(options.dataFolder);
  const onPort = (number: number): Transport =>
    createTransport({ ...settings, listen: [`/ip4/0.0.0.0/tcp/${number}`, `/ip6/::/tcp/${number}`] });
  if (port === 0) return onPort(0);
  return withFallback(onPort(port), () => onPort(0));
}

/** Uses `first` if it can be started, otherwise what `second` makes. */
function withFallback(first: Transport, second: () => Transport): Transport {
  let chosen = first;
  return {
    self: first.self,
    start: async (handlers) => {
      const started = await first.start(handlers);
      if (started.ok || started.error.code !== 'PORT_IN_USE') return started;
      chosen = second();
      return chosen.start(handlers);
    },
    stop: () => chosen.stop(),
    addresses: () => chosen.addresses(),
    setMembers: (members) => {
      chosen.setMembers(members);
    },
    dial: (machine, addresses) => {
      chosen.dial(machine, addresses);
    },
    disconnect: (machine) => {
      chosen.disconnect(machine);
    },
    send: (to, message) => chosen.send(to, message),
    publish: (heartbeat) => {
      chosen.publish(heartbeat);
    },
    requestJoin: (inviter, addresses, request) => chosen.requestJoin(inviter, addresses, request),
  };
}

const PORT_FILE = 'port';

function rememberedPort(dataFolder: string): number {
  try {
    const port = Number(readFileSync(join(dataFolder, PORT_FILE), 'utf8'));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0;
  } catch {
    // None yet: the system chooses.
    return 0;
  }
}

function rememberPort(dataFolder: string, addresses: readonly string[]): void {
  const port = /\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1];
  if (port === undefined) return;
  try {
    writeFileSync(join(dataFolder, PORT_FILE), port, { mode: 0o600 });
  } catch {
    // Only a convenience: next time the system chooses again.
  }
}

function parseSeeds(peers: readonly string[]): Result<Seeds> {
  const seeds: Seeds = [];
  for (const address of peers) {
    const id = machineIdSchema.safeParse(/\/p2p\/([^/]+)$/.exec(address)?.[1]);
    if (!id.success) {
      const message = `the address "${address}" does not end in /p2p/ and the id of a machine`;
      return err(appError('INVALID_INPUT', message, { field: 'peer' }));
    }
    seeds.push({ machine: id.data, addresses: [address] });
  }
  return ok(seeds);
}
