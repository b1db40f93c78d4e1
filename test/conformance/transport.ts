/**
 * What every transport must do. The suite runs against libp2p on loopback, against the one in memory and against the
 * simulated network, so that what is found with one holds with the others.
 */
import { afterEach, beforeEach, describe } from 'vitest';
import { everyoneTrusts, linksOf, type TransportBed, type TransportScene } from './transport-bed.ts';
import { describeConnecting } from './transport-connecting.ts';
import { describeDelivery } from './transport-delivery.ts';
import { describeJoining } from './transport-joining.ts';
import { describeLinks } from './transport-links.ts';
import { describeTrust } from './transport-trust.ts';

/** Runs the suite against the transports of a bed; a new bed for each test. */
export function describeTransport(name: string, createBed: () => TransportBed): void {
  describe(`${name} as a transport`, () => {
    let bed: TransportBed;
    beforeEach(() => {
      bed = createBed();
    });
    afterEach(() => bed.dispose());

    const scene: TransportScene = {
      get bed() {
        return bed;
      },
      pair: async () => {
        const [low, high] = [await bed.create(1), await bed.create(2)];
        everyoneTrusts(low, high);
        return [low, high];
      },
      connectedPair: async () => {
        const [low, high] = await scene.pair();
        low.transport.dial(high.id, high.transport.addresses());
        await bed.until(() => linksOf(low) === 1 && linksOf(high) === 1, 'both are connected');
        return [low, high];
      },
    };

    describeConnecting(scene);
    describeDelivery(scene);
    describeLinks(scene);
    describeTrust(scene);
    describeJoining(scene);
  });
}
