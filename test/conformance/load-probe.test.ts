/** The system's probe of load and the simulator's keep the contract. */
import { machineIdOfSeed } from '../../core/adapters/keys/ed25519.ts';
import { createSystemLoad } from '../../core/adapters/system-load.ts';
import { createSimLoad } from '../simulator/sim-load.ts';
import { describeLoadProbe } from './load-probe.ts';

const SELF = machineIdOfSeed(new Uint8Array(32).fill(1));

describeLoadProbe('the system', SELF, createSystemLoad);
describeLoadProbe('a simulated machine', SELF, createSimLoad);
