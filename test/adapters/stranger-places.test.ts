/** Room for strangers: few places, shared by the addresses they come from. */
import { describe, expect, it } from 'vitest';
import { NETWORK } from '../../core/adapters/libp2p/network-limits.ts';
import { StrangerPlaces } from '../../core/adapters/libp2p/stranger-places.ts';

const at = (host: number): string => `/ip4/10.0.0.${host}/tcp/41000`;

describe('places of strangers', () => {
  it('are a share for each address', () => {
    const places = new StrangerPlaces<number>();
    for (let guest = 0; guest < NETWORK.strangerConnectionsPerAddress; guest += 1) {
      expect(places.take(guest, at(1))).toEqual([]);
    }
    expect(places.take(100, at(1))).toBeUndefined();
    expect(places.take(100, at(2))).toEqual([]);
  });

  it('go to who holds fewer, when all are taken, from who holds most', () => {
    const places = new StrangerPlaces<number>();
    for (let guest = 0; guest < NETWORK.strangerConnectionsPerAddress; guest += 1) places.take(guest, at(1));
    for (let guest = 100; places.size < NETWORK.strangerConnections; guest += 1) places.take(guest, at(2));
    expect(places.take(200, at(3))).toEqual([0]);
    expect(places.size).toBe(NETWORK.strangerConnections);
    expect(places.take(201, at(3))).toEqual([1]);
  });

  it('are never more than there are, whoever comes', () => {
    const places = new StrangerPlaces<number>();
    for (let guest = 0; guest < 1000; guest += 1) places.take(guest, at(guest % 200));
    expect(places.size).toBe(NETWORK.strangerConnections);
    for (let guest = 0; guest < 1000; guest += 1) places.leave(guest);
    expect(places.size).toBe(0);
  });
});

describe('attempts of strangers', () => {
  const manyOf = (places: StrangerPlaces<number>, host: number, count: number): boolean[] =>
    Array.from({ length: count }, () => places.admits(at(host), 0));

  it('of one address use up its own share of a minute, and nobody else’s', () => {
    const places = new StrangerPlaces<number>();
    const admitted = manyOf(places, 1, 10 * NETWORK.strangerAttemptsPerMinute).filter(Boolean);
    expect(admitted).toHaveLength(NETWORK.strangerAttemptsPerAddress);
    expect(places.admits(at(2), 0)).toBe(true);
    expect(places.admits(at(1), 60_000)).toBe(true);
  });

  it('are bounded in all', () => {
    const places = new StrangerPlaces<number>();
    let admitted = 0;
    for (let host = 1; host < 200; host += 1) admitted += manyOf(places, host, 10).filter(Boolean).length;
    expect(admitted).toBe(NETWORK.strangerAttemptsPerMinute);
  });
});
