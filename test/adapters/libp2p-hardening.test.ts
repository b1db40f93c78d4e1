/** What only the transport over libp2p can get wrong: listening, slow and hostile peers, killed processes, strangers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSigner } from '../../core/adapters/keys/ed25519.ts';
import { askToJoin } from '../../core/adapters/libp2p/join-protocol.ts';
import { NETWORK } from '../../core/adapters/libp2p/network-limits.ts';
import {
  announcedAddresses,
  checkListenAddresses,
  dialTargets,
  wasRefused,
} from '../../core/adapters/libp2p/peer-addresses.ts';
import { createTransport } from '../../core/adapters/libp2p/transport.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import { eventsOf, everyoneTrusts, linksOf, recordingHandlers, type TestPeer } from '../conformance/transport-bed.ts';
import { beatOf, chunkOf, heartbeatOf, joinRequestOf } from '../conformance/transport-messages.ts';
import { createLibp2pBed, SEEDS, type Libp2pBed } from './libp2p-bed.ts';

const logger = { log: () => undefined };

describe('the libp2p transport', () => {
  let bed: Libp2pBed;
  beforeEach(() => {
    bed = createLibp2pBed();
  });
  afterEach(() => bed.dispose());

  const startAt = async (...listen: string[]): Promise<string> => {
    const seed = SEEDS[9] as Uint8Array;
    const options = { seed, signer: createSigner(seed), listen, announceLoopback: true, mdns: false, logger };
    const transport = createTransport(options);
    const unused: TestPeer = {
      transport,
      id: transport.self,
      events: [],
      answer: () => Promise.reject(new Error('no')),
    };
    const started = await transport.start(recordingHandlers(unused));
    await transport.stop();
    return started.ok ? 'started' : `${started.error.code} ${started.error.message}`;
  };

  it('says that the port is in use, and which', async () => {
    const peer = await bed.create(1);
    const taken = (peer.transport.addresses()[0] ?? '').split('/p2p/')[0] ?? '';
    expect(await startAt(taken)).toMatch(/^PORT_IN_USE .*\/ip4\/127\.0\.0\.1\/tcp\/\d+/);
  });

  it('names the address on which it cannot listen', async () => {
    for (const address of [
      'nonsense',
      '/ip4/127.0.0.1',
      '/ip4/127.0.0.1/udp/1',
      '/dns4/localhost/tcp/0',
      '/ip4/1.2.3.999/tcp/1',
    ]) {
      expect(await startAt('/ip4/127.0.0.1/tcp/0', address)).toContain(`INVALID_INPUT "${address}"`);
    }
  });

  it('says in one line why it cannot listen on an address that the machine does not have', async () => {
    expect(await startAt('/ip4/192.0.2.1/tcp/0')).toMatch(
      /^INVALID_INPUT listening on \/ip4\/192\.0\.2\.1\/tcp\/0 failed: EADDRNOTAVAIL[^\n]*192\.0\.2\.1$/,
    );
  });

  it('stops reading ahead for a slow reader, and lets urgent messages pass what piled up', async () => {
    const low = await bed.create(1);
    const hostile = await bed.hostile();
    everyoneTrusts(low, hostile);
    const stream = await hostile.controlStream(low);
    await bed.until(() => linksOf(low) === 1, 'it is connected');
    stream.pause();
    let taken = 0;
    await bed.until(() => {
      for (let turn = 0; turn < 20; turn += 1) {
        if (!low.transport.send(hostile.id, chunkOf(taken, 60_000))) return true;
        taken += 1;
      }
      return false;
    }, 'the queue is full');
    expect(taken * 60_000).toBeLessThan(2 * 16 * 1024 * 1024);
    expect(low.transport.send(hostile.id, beatOf(1))).toBe(true);
    const first = taken * 60_000;
    let bytes = 0;
    let beatAt = 0;
    stream.addEventListener('message', ({ data }) => {
      if (beatAt === 0 && Buffer.from(data.subarray()).includes('beat')) beatAt = bytes;
      bytes += data.byteLength;
    });
    stream.resume();
    await bed.until(() => bytes >= first, 'all arrives');
    expect(beatAt).toBeGreaterThan(0);
    expect(beatAt).toBeLessThan(first / 2);
  });

  it('drops a member whose bytes are no frames, at once', async () => {
    const low = await bed.create(1);
    const hostile = await bed.hostile();
    everyoneTrusts(low, hostile);
    for (let round = 1; round <= 3; round += 1) {
      const stream = await hostile.controlStream(low);
      stream.send(new Uint8Array(100).fill(255));
      await bed.until(() => eventsOf(low, 'offence').length === round && linksOf(low) === 0, 'it is dropped');
    }
  });

  it('opens no gossip stream to a stranger', async () => {
    const [low, high] = [await bed.create(1), await bed.create(2)];
    const hostile = await bed.hostile();
    everyoneTrusts(low, high);
    low.transport.dial(high.id, high.transport.addresses());
    await hostile.connect(low);
    await bed.until(() => linksOf(low) === 1, 'the members are connected');
    const seen = new Set<string>();
    // Each attempt takes a while, in which the stranger is identified and a stream would be opened to it.
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await hostile.openControl(low);
      for (const protocol of hostile.inboundProtocols()) seen.add(protocol);
    }
    expect([...seen].filter((protocol) => protocol.startsWith('/meshsub'))).toEqual([]);
  });

  it('goes on gossiping with a member when the connection on which that began is over, and another is left', async () => {
    const peer = await bed.create(1);
    const other = await bed.hostile();
    everyoneTrusts(peer, other);
    const first = await other.connect(peer);
    const hasGossip = (): boolean => other.inboundProtocols().some((protocol) => protocol.startsWith('/meshsub/'));
    await bed.until(hasGossip, 'gossip goes by the first connection');
    await other.controlStream(peer);
    await bed.until(() => linksOf(peer) === 1, 'the link is up on the second connection');
    await first.close();
    await bed.until(() => !hasGossip(), 'the first connection is over');
    let published = 0;
    await bed.until(() => {
      published += 1;
      peer.transport.publish(heartbeatOf(peer.id, published));
      return other.heard() > 0;
    }, 'a heartbeat arrives');
    expect(linksOf(peer)).toBe(1);
  });

  it('keeps few strangers at once', async () => {
    const low = await bed.create(1);
    const hostile = await bed.hostile();
    const connections: (Connection | undefined)[] = [];
    for (let count = 0; count < NETWORK.strangerConnections + 4; count += 1) {
      connections.push(await hostile.connectAnew(low).catch(() => undefined));
    }
    const open = (): number => connections.filter((connection) => connection?.status === 'open').length;
    await bed.until(() => open() <= NETWORK.strangerConnections, 'the others are cut');
    expect(open()).toBeGreaterThan(0);
  });

  it('notices a killed process in less than a second', async () => {
    const low = await bed.create(1);
    const child = spawn(process.execPath, [new URL('./transport-process.ts', import.meta.url).pathname], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    try {
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
      const other = JSON.parse(line) as { id: MachineId; addresses: string[] };
      low.transport.setMembers(new Set([low.id, other.id]));
      child.stdin.write(`${low.id}\n`);
      const reached = (): boolean => {
        low.transport.dial(other.id, other.addresses);
        return linksOf(low) === 1;
      };
      await bed.until(reached, 'they are connected');
      const killedAt = performance.now();
      child.kill('SIGKILL');
      await bed.until(() => linksOf(low) === 0, 'the death is noticed');
      expect(performance.now() - killedAt).toBeLessThan(1000);
      expect(eventsOf(low, 'disconnected')[0]?.broken).toBe(true);
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
  });

  it('gives up a join that is not answered', async () => {
    const low = await bed.create(1);
    const dialler = {
      dial: () => new Promise<never>((_, reject) => void delay(20).then(() => reject(new Error('aborted')))),
    };
    const targets = dialTargets(low.id, low.transport.addresses(), 0);
    const outcome = await askToJoin(dialler, low.id, targets, joinRequestOf('x'), 5);
    expect(outcome.ok ? 'answered' : outcome.error.code).toBe('PEER_TIMEOUT');
  });
});

describe('addresses', () => {
  const self = createSigner(SEEDS[1] as Uint8Array).self;
  const other = createSigner(SEEDS[2] as Uint8Array).self;

  it('on loopback are announced only when wanted, or when there are no others', () => {
    const loopback = multiaddr('/ip4/127.0.0.1/tcp/1');
    const lan = multiaddr('/ip4/192.168.1.5/tcp/1');
    const six = multiaddr('/ip6/::1/tcp/1');
    expect(announcedAddresses(self, [loopback, six, lan], false)).toEqual([`/ip4/192.168.1.5/tcp/1/p2p/${self}`]);
    expect(announcedAddresses(self, [loopback, lan], true)).toHaveLength(2);
    expect(announcedAddresses(self, [loopback], false)).toEqual([`/ip4/127.0.0.1/tcp/1/p2p/${self}`]);
  });

  it('to dial are cleaned, named, and begin elsewhere each time', () => {
    const given = [
      '/ip4/1.1.1.1/tcp/1',
      'x',
      `/ip4/2.2.2.2/tcp/2/p2p/${other}`,
      `/ip4/3.3.3.3/tcp/3/p2p/${self}`,
      '/ip4/1.1.1.1/tcp/1',
    ];
    const [one, two] = [`/ip4/1.1.1.1/tcp/1/p2p/${other}`, `/ip4/2.2.2.2/tcp/2/p2p/${other}`];
    expect(dialTargets(other, given, 0).map(String)).toEqual([one, two]);
    expect(dialTargets(other, given, 1).map(String)).toEqual([two, one]);
    expect(dialTargets(other, [], 3)).toEqual([]);
  });

  it('to listen on may be those of IPv4 and IPv6', () => {
    expect(checkListenAddresses(['/ip4/0.0.0.0/tcp/4100', '/ip6/::/tcp/0']).ok).toBe(true);
    expect(checkListenAddresses(Array.from({ length: 40 }, () => '/ip4/0.0.0.0/tcp/0')).ok).toBe(false);
  });

  it('count as refused only when every one was', () => {
    const refused = Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
    expect([wasRefused(refused), wasRefused(new AggregateError([refused, refused]))]).toEqual([true, true]);
    expect([wasRefused(new Error('x')), wasRefused(new AggregateError([refused, new Error('x')]))]).toEqual([
      false,
      false,
    ]);
    expect(wasRefused(new AggregateError([]))).toBe(false);
  });
});
