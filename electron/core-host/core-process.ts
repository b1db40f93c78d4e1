/**
 * The core of the desktop app, in a process of its own: the same program as the headless agent, with message ports for the
 * app's own windows besides its console. Where an agent already runs on this machine it becomes a mere go-between, and ends
 * when that agent does: whoever started it starts it again, and then it is the core.
 */
import type { MessagePortMain } from 'electron';
import { runAgent } from '../../agent/agent-main.ts';
import type { Wire } from '../../core/carrier/port-socket.ts';
import { AppErrorException } from '../../core/std/app-error.ts';
import type { Conditions, FromCore, KeysForCore, ToCore } from '../shared/core-messages.ts';
import { wireOf } from '../shared/port-wire.ts';
import { attachToAgent } from './attached-agent.ts';

/** Windows that ask before the core serves; more are turned away. */
const MOST_WAITING = 16;
const CANNOT_START = 1;

const [, , dataFolder = ''] = process.argv;
const ending = new AbortController();
const waiting: Wire[] = [];
const begun = Promise.withResolvers<KeysForCore>();
let conditions: Conditions = {};
let serve: ((wire: Wire) => void) | undefined;

process.parentPort.on('message', ({ data, ports }) => take(data as ToCore, ports));
// Nothing is awaited while the module loads: the host says what is wanted meanwhile.
void begun.promise.then(run).then(() => process.exit(process.exitCode ?? 0));

function take(message: ToCore, ports: readonly MessagePortMain[]): void {
  switch (message.type) {
    case 'begin':
      begun.resolve(message.keys);
      return;
    case 'client':
      for (const port of ports) offer(wireOf(port));
      return;
    case 'conditions':
      conditions = message.conditions;
      return;
    case 'stop':
      ending.abort();
  }
}

function offer(wire: Wire): void {
  if (serve !== undefined) serve(wire);
  else if (waiting.length < MOST_WAITING) waiting.push(wire);
  else wire.close();
}

function serveBy(mode: 'core' | 'attached', by: (wire: Wire) => void): void {
  serve = by;
  for (const wire of waiting.splice(0)) by(wire);
  tell({ type: 'serving', mode });
}

async function run({ key, use, reason }: KeysForCore): Promise<void> {
  const agent = await attachToAgent(dataFolder);
  if (agent !== undefined) {
    serveBy('attached', (wire) => agent.pass(wire));
    const stopped = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()));
    return Promise.race([agent.gone, stopped]);
  }
  try {
    await runAgent({
      dataFolder,
      labels: {},
      listen: [],
      peers: [],
      mdns: process.env['CARILLON_MDNS'] !== 'off',
      console: 'default',
      json: false,
      conditions: { onMains: () => conditions.onMains, idleMs: () => conditions.idleMs },
      keys: { reason, ...(key === undefined ? {} : { wrap: { key, use } }) },
      ending: ending.signal,
      print: async () => undefined,
      serving: (console) => serveBy('core', (wire) => void console?.attachPort(wire)),
    });
  } catch (fault) {
    if (!(fault instanceof AppErrorException)) throw fault;
    const { code, message, advice } = fault.error;
    tell({ type: 'failed', code, message: `${message} ${advice}`.trim() });
    process.exitCode = CANNOT_START;
  }
}

function tell(message: FromCore): void {
  process.parentPort.postMessage(message);
}
