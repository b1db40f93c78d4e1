/** A transport in a process of its own, to be killed: prints its id and addresses, then trusts the machine that it is told. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createSigner } from '../../core/adapters/keys/ed25519.ts';
import { createTransport } from '../../core/adapters/libp2p/transport.ts';
import type { MachineId } from '../../core/domain/ids.ts';

/** It ends by itself when nobody ended it. */
const LIFE_MS = 30_000;
setTimeout(() => process.exit(1), LIFE_MS);

const seed = new Uint8Array(32).fill(77);
const transport = createTransport({
  seed,
  signer: createSigner(seed),
  listen: ['/ip4/127.0.0.1/tcp/0'],
  announceLoopback: true,
  mdns: false,
  logger: { log: () => undefined },
});
const ignore = (): void => undefined;
await transport.start({
  connected: ignore,
  disconnected: ignore,
  message: ignore,
  heartbeat: ignore,
  discovered: ignore,
  dialFailed: ignore,
  offence: ignore,
  joinRequest: () => Promise.resolve({ type: 'refused', code: 'NO_CLUSTER', message: 'no' }),
});
console.log(JSON.stringify({ id: transport.self, addresses: transport.addresses() }));
const [other] = (await once(createInterface(process.stdin), 'line')) as [string];
transport.setMembers(new Set([transport.self, other as MachineId]));
