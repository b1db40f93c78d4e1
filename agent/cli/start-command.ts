/** `carillon start`: runs the agent in the foreground until it is told to end. */
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AppErrorException, appError } from '../../core/std/app-error.ts';
import type { NetworkDoor } from '../console/door.ts';
import type { CliHost } from './cli-host.ts';
import { handle, newCommand, usageError } from './command.ts';
import { readLabelChanges } from './machine-command.ts';
import { readInteger } from './times.ts';

interface Options {
  readonly name?: string;
  readonly label?: string[];
  readonly listen?: string[];
  readonly peer?: string[];
  readonly console?: string;
  readonly consoleListen?: string;
  readonly consoleCert?: string;
  readonly consoleKey?: string;
  readonly slots?: string;
  readonly mdns: boolean;
}

export function startCommand(host: CliHost): Command {
  const command = newCommand(
    'start',
    'Run the agent of this machine',
    'carillon start --name nas --label disk=ssd\ncarillon start --data /srv/carillon --console off',
  )
    .option('--name <name>', 'name of this machine (default: its host name)')
    .option('--label <key=value>', 'label of this machine; may be repeated', collect)
    .option('--listen <multiaddr>', 'address to listen on, such as /ip4/0.0.0.0/tcp/7421; may be repeated', collect)
    .option('--peer <multiaddr>', 'address of another machine of the cluster; may be repeated', collect)
    .option('--console <port>', 'loopback port of console and API, or "off" (default: 7420, or any free one)')
    .option('--console-listen <address:port>', 'show the console to the network too, by TLS, such as 192.168.1.5:7443')
    .option('--console-cert <file>', 'its certificate (PEM); the console answers under the names in it')
    .option('--console-key <file>', 'the key of the certificate (PEM)')
    .option('--slots <count>', 'how many runs at once (default: by the number of processors)')
    .option('--no-mdns', 'do not look for machines on the local network');
  return handle<Options>(command, host, async (session, options) => {
    const { set, remove } = readLabelChanges(options.label ?? []);
    if (remove.length > 0) throw usageError(`"${remove[0] ?? ''}-" is not key=value`, 'label');
    const { runAgent } = await import('../agent-main.ts');
    await runAgent({
      dataFolder: session.dataFolder,
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.slots === undefined ? {} : { slots: readInteger(options.slots, 'slots', 0, 512) }),
      labels: set,
      listen: options.listen ?? [],
      peers: options.peer ?? [],
      mdns: options.mdns,
      console: readConsole(options.console),
      ...readNetwork(options),
      json: session.json,
      print: (text) => host.writeOut(text),
    });
    return undefined;
  });
}

function readConsole(text: string | undefined): number | 'off' | 'default' {
  if (text === undefined) return 'default';
  return text === 'off' ? 'off' : readInteger(text, 'console', 0, 65_535);
}

/** CONSOLE_NEEDS_TLS when the console would be shown to the network in clear. */
function readNetwork(options: Options): { consoleNetwork?: NetworkDoor } {
  const { console, consoleListen, consoleCert, consoleKey } = options;
  if (consoleListen === undefined) {
    if (consoleCert === undefined && consoleKey === undefined) return {};
    throw usageError('a certificate is of use only with --console-listen', 'consoleListen');
  }
  if (console === 'off') throw usageError('the console is off, and cannot be shown to the network', 'consoleListen');
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(consoleListen) ?? [];
  const host = bracketed ?? plain ?? '';
  if (isIP(host) === 0) {
    throw usageError(`"${consoleListen}" is not an address and a port, such as 192.168.1.5:7443`, 'consoleListen');
  }
  if (consoleCert === undefined || consoleKey === undefined) {
    const message = 'the console is shown to the network by TLS only';
    throw new AppErrorException(appError('CONSOLE_NEEDS_TLS', message, { field: 'consoleListen' }));
  }
  const files = { certificateFile: resolve(consoleCert), keyFile: resolve(consoleKey) };
  return { consoleNetwork: { host, port: readInteger(port, 'consoleListen', 0, 65_535), ...files } };
}

function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value];
}
