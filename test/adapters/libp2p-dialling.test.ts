/** Dials that lead nowhere, and what does not wait for their end. */
import type { Multiaddr } from '@multiformats/multiaddr';
import { describe, expect, it, vi } from 'vitest';
import { dialInTurn } from '../../core/adapters/libp2p/dial-in-turn.ts';
import { Dialling } from '../../core/adapters/libp2p/dialling.ts';
import { createSigner } from '../../core/adapters/keys/ed25519.ts';
import { NETWORK } from '../../core/adapters/libp2p/network-limits.ts';
import { dialTargets, wasRefused } from '../../core/adapters/libp2p/peer-addresses.ts';
import { Sightings } from '../../core/adapters/libp2p/sightings.ts';
import type { MachineId } from '../../core/domain/ids.ts';

const other = createSigner(new Uint8Array(32).fill(1)).self;
const at = (host: number): string => `/ip4/10.0.0.${host}/tcp/4100/p2p/${other}`;

/** Dials by hand: each attempt stays open until the test ends it, or it is called off. */
function handDialling() {
  const attempts: { readonly targets: string[]; succeed(): void; fail(): void }[] = [];
  const failed: MachineId[] = [];
  let connected = false;
  const dialling = new Dialling({
    connect: (targets: Multiaddr[], signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('called off')));
        attempts.push({
          targets: targets.map((target) => target.toString()),
          succeed: () => {
            connected = true;
            resolve(undefined);
          },
          fail: () => reject(new Error('nobody there')),
        });
      }),
    isAllowed: () => true,
    hasConnection: () => connected,
    failed: (machine) => failed.push(machine),
  });
  return { dialling, attempts, failed };
}

describe('dialling', () => {
  it('goes on at newer addresses at once when the dial under way knows only old ones', async () => {
    const { dialling, attempts, failed } = handDialling();
    dialling.dial(other, [at(1)]);
    dialling.dial(other, [at(2), at(1)]);
    await vi.waitFor(() => expect(attempts).toHaveLength(2));
    expect(attempts[1]?.targets).toEqual([at(2), at(1)]);
    expect(failed).toEqual([]);
  });

  it('does not begin anew for addresses that it is trying, nor more than once', async () => {
    const { dialling, attempts, failed } = handDialling();
    dialling.dial(other, [at(1), at(2)]);
    dialling.dial(other, [at(2), at(1)]);
    expect(attempts).toHaveLength(1);
    dialling.dial(other, [at(3)]);
    await vi.waitFor(() => expect(attempts).toHaveLength(2));
    dialling.dial(other, [at(4)]);
    attempts[1]?.fail();
    await vi.waitFor(() => expect(failed).toEqual([other]));
    expect(attempts).toHaveLength(2);
  });

  it('begins with another address each time in vain, and with the first again when that is a new one', async () => {
    const { dialling, attempts, failed } = handDialling();
    dialling.dial(other, [at(1), at(2)]);
    attempts[0]?.fail();
    await vi.waitFor(() => expect(failed).toHaveLength(1));
    dialling.dial(other, [at(1), at(2)]);
    expect(attempts[1]?.targets).toEqual([at(2), at(1)]);
    attempts[1]?.fail();
    await vi.waitFor(() => expect(failed).toHaveLength(2));
    dialling.dial(other, [at(3), at(1), at(2)]);
    expect(attempts[2]?.targets).toEqual([at(3), at(1), at(2)]);
  });

  it('fails when the connection is gone before a greeting came', async () => {
    const { dialling, attempts, failed } = handDialling();
    dialling.dial(other, [at(1)]);
    attempts[0]?.succeed();
    await vi.waitFor(() => {
      dialling.connectionFailed(other);
      expect(failed).toEqual([other]);
    });
  });
});

describe('sightings', () => {
  it('hold the newest addresses of few machines, and forget the one not seen for longest', () => {
    const sightings = new Sightings();
    const machine = (index: number) => `machine-${index}` as MachineId;
    for (let index = 0; index <= NETWORK.sightings; index += 1)
      sightings.note(machine(index), [at(1), at(2), at(3), at(4), at(5)]);
    expect(sightings.of(machine(0))).toEqual([]);
    expect(sightings.of(machine(1))).toHaveLength(NETWORK.sightingAddresses);
    sightings.note(machine(1), [at(9)]);
    expect(sightings.of(machine(1))).toEqual([at(9)]);
  });
});

describe('several addresses of one machine', () => {
  const targets = dialTargets(other, [at(1), at(2)], 0);
  /** Dials that last until they are called off; tells which were begun. */
  const silent = () => {
    const begun: string[] = [];
    const dial = (address: Multiaddr, signal: AbortSignal): Promise<never> => {
      begun.push(address.toString());
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('called off'))));
    };
    return { begun, dial };
  };

  it('are dialled in turn: one that swallows everything hides the next for a moment only', async () => {
    const { begun, dial } = silent();
    const all = new AbortController();
    const outcome = dialInTurn(dial, targets, all.signal, 1);
    await vi.waitFor(() => expect(begun).toEqual([at(1), at(2)]));
    all.abort();
    await expect(outcome).rejects.toThrow('no address answered');
  });

  it('are given up together with the whole, and the last has all the time that is left', async () => {
    const { begun, dial } = silent();
    const only = dialInTurn(dial, targets.slice(0, 1), AbortSignal.timeout(50), 1);
    await expect(only).rejects.toThrow('called off');
    expect(begun).toEqual([at(1)]);
  });

  it('are told to be refused when each of them was', async () => {
    const refuse = () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    const error: unknown = await dialInTurn(refuse, targets, AbortSignal.timeout(5000)).catch(
      (fault: unknown) => fault,
    );
    expect(wasRefused(error)).toBe(true);
  });
});
