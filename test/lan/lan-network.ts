/**
 * A LAN in namespaces of this one machine: machines with one network card each, on two switches that are joined by one
 * cable. Everything carries the name of the run, and is gone after `remove`; the network of this machine is not touched.
 *
 *   machine 1 ─┐                     ┌─ machine 4
 *   machine 2 ─┤ switch 0 ── trunk ── switch 1 ├─ machine 5
 *   machine 3 ─┘                     └─ …
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { run } from './lan-tools.ts';

export interface LanShape {
  /** How many machines hang on each of the two switches. */
  readonly switches: readonly [number, number];
}

const PREFIX = 'carillon-lan';
/** Name of the machine's own card, in its namespace. */
const CARD = 'eth0';
const TABLE = 'carillon';
/** Ports that machines take when any will do: below those that the doors of relays have, on the same numbers over there. */
const FREE_PORTS = '10000 30000';

export class LanNetwork {
  readonly name = `${PREFIX}-${process.pid}-${randomBytes(3).toString('hex')}`;
  readonly machines: number;
  /** Third part of the addresses: another one is another network. */
  #subnet = 0;

  /** Builds it. What an earlier run left behind that is no more is removed first. */
  constructor(shape: LanShape) {
    removeAbandoned();
    const [left, right] = shape.switches;
    this.machines = left + right;
    const fabric = this.#fabric;
    run('ip', ['netns', 'add', fabric]);
    ipBatch(fabric, [
      'link add switch0 type bridge mcast_snooping 0',
      'link add switch1 type bridge mcast_snooping 0',
      'link add trunk0 type veth peer name trunk1',
      ...[0, 1].map((side) => `link set trunk${side} master switch${side} up`),
      ...[0, 1].map((side) => `link set switch${side} up`),
    ]);
    for (let number = 1; number <= this.machines; number += 1) {
      run('ip', ['netns', 'add', this.namespace(number)]);
      run('ip', [
        'link',
        'add',
        CARD,
        'netns',
        this.namespace(number),
        'type',
        'veth',
        'peer',
        'name',
        port(number),
        'netns',
        fabric,
      ]);
      ipBatch(fabric, [`link set ${port(number)} master switch${number <= left ? 0 : 1} up`]);
      const ports = '/proc/sys/net/ipv4/ip_local_port_range';
      run('ip', ['netns', 'exec', this.namespace(number), 'tee', ports], FREE_PORTS);
      this.#configure(number, ['link set lo up']);
    }
  }

  /** The namespace of a machine, counted from 1. */
  namespace(number: number): string {
    return `${this.name}-${number}`;
  }

  /** The words before a command that shall run on a machine; the process keeps its id. */
  on(number: number): readonly string[] {
    return ['ip', 'netns', 'exec', this.namespace(number)];
  }

  address(number: number): string {
    return `10.77.${this.#subnet}.${number}`;
  }

  /** Pulls the cable of a machine: the card stays as it is, and nothing comes or goes. */
  unplug(number: number): void {
    ipBatch(this.#fabric, [`link set ${port(number)} down`]);
  }

  plug(number: number): void {
    ipBatch(this.#fabric, [`link set ${port(number)} up`]);
  }

  /** Parts the two switches. */
  split(): void {
    ipBatch(this.#fabric, ['link set trunk0 down']);
  }

  join(): void {
    ipBatch(this.#fabric, ['link set trunk0 up']);
  }

  /** Drops this share of all packets that the switches hand to machines, of each direction alike. */
  lose(percent: number): void {
    this.#rule(`oifname "port*" ether type { ip, ip6 } numgen random mod 100 < ${percent} counter drop;`);
  }

  /** What one machine sends does not reach the others any more; it hears them. */
  mute(number: number): void {
    this.#rule(`iifname "${port(number)}" counter drop;`);
  }

  /** Takes the rule of `lose` or `mute` back. @returns how many packets it has dropped. */
  unruled(): number {
    const listed = run('ip', ['netns', 'exec', this.#fabric, 'nft', 'list', 'table', 'bridge', TABLE]);
    run(
      'ip',
      ['netns', 'exec', this.#fabric, 'nft', '-f', '-'],
      `table bridge ${TABLE}\ndelete table bridge ${TABLE}\n`,
    );
    return Number(/counter packets (\d+)/.exec(listed)?.[1] ?? 0);
  }

  /** Gives every machine another address, as a new router would. */
  renumber(): void {
    this.#subnet += 1;
    for (let number = 1; number <= this.machines; number += 1)
      this.#configure(number, [`addr flush dev ${CARD} scope global`]);
  }

  /** Ends what still runs on the machines, and removes everything. */
  remove(): void {
    for (const name of namespaces()) if (name.startsWith(`${this.name}-`)) removeNamespace(name);
  }

  get #fabric(): string {
    return `${this.name}-fabric`;
  }

  #configure(number: number, before: readonly string[]): void {
    ipBatch(this.namespace(number), [
      ...before,
      `addr add ${this.address(number)}/24 dev ${CARD}`,
      `link set ${CARD} up`,
      // Without a way out multicast has no card to go to.
      `route replace default via 10.77.${this.#subnet}.254 dev ${CARD}`,
    ]);
  }

  #rule(rule: string): void {
    const text = `table bridge ${TABLE} {\n chain forward {\n type filter hook forward priority 0;\n ${rule}\n }\n}\n`;
    run('ip', ['netns', 'exec', this.#fabric, 'nft', '-f', '-'], text);
  }
}

/** Removes the networks of runs whose process is gone. */
function removeAbandoned(): void {
  for (const name of namespaces()) {
    const owner = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) removeNamespace(name);
  }
}

function removeNamespace(name: string): void {
  for (const pid of run('ip', ['netns', 'pids', name]).split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code !== 'ESRCH') throw fault;
    }
  }
  run('ip', ['netns', 'delete', name]);
}

function namespaces(): string[] {
  return run('ip', ['netns', 'list'])
    .split('\n')
    .map((line) => line.split(' ', 1)[0] ?? '')
    .filter(Boolean);
}

/** The switch's end of a machine's cable. */
function port(number: number): string {
  return `port${number}`;
}

function ipBatch(namespace: string, commands: readonly string[]): void {
  run('ip', ['-n', namespace, '-batch', '-'], `${commands.join('\n')}\n`);
}
