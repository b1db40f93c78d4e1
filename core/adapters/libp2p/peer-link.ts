/**
 * The link to one member: of all connections to it, the one control stream in use. The machine with the smaller id opens
 * it, so that two that dial each other at once do not end up with two. A stream that is replaced, and events of an old one,
 * count no more: each stream's events are heeded only while it is the current one.
 *
 *   idle ──connection──► waiting ──stream──► greeting ──hello──► up ──end──► idle, or waiting while connections are left
 *                           └────────── greetingMs ──────────► all connections are cut
 *
 * A stream that ends before it is up leaves its connection to whoever listens: the other side may want to join by it.
 */
import type { Connection, Stream } from '@libp2p/interface';
import { TIMES } from '../../config/constants.ts';
import type { MachineId } from '../../domain/ids.ts';
import type { PeerMessage } from '../../protocol/messages.ts';
import { ownHello, PROTOCOLS, type Hello } from '../../protocol/versions.ts';
import { closeConnection } from './connections.ts';
import { ControlStream, type ControlEnd } from './control-stream.ts';
import type { FairTurns } from './fair-turns.ts';
import { NETWORK } from './network-limits.ts';

export interface PeerLinkEvents {
  up(connection: Connection, hello: Hello): void;
  /** Once after each `up`. `broken`: the other side went without a goodbye. */
  down(broken: boolean): void;
  /** `taken` is to be called when it has been dealt with. */
  message(message: PeerMessage, taken: () => void): void;
  malformed(reason: string, fatal: boolean): void;
  /** The other side refused the control stream. The connection is no part of the link any more; whoever hears it ends it. */
  refused(connection: Connection): void;
  /** The connections are there or were, but no control stream came of them. */
  failed(): void;
}

interface CurrentStream {
  readonly control: ControlStream;
  readonly connection: Connection;
  up: boolean;
}

export class PeerLink {
  readonly machine: MachineId;
  readonly #opensStream: boolean;
  readonly #events: PeerLinkEvents;
  /** Where this machine listens, at the moment of the hello. */
  readonly #ownAddresses: () => readonly string[];
  readonly #turns: FairTurns;
  readonly #connections = new Set<Connection>();
  #current: CurrentStream | undefined;
  /** Connection on which a stream is being opened. */
  #opening: Connection | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    self: MachineId,
    machine: MachineId,
    ownAddresses: () => readonly string[],
    turns: FairTurns,
    events: PeerLinkEvents,
  ) {
    this.machine = machine;
    this.#opensStream = self < machine;
    this.#ownAddresses = ownAddresses;
    this.#turns = turns;
    this.#events = events;
  }

  get isUp(): boolean {
    return this.#current?.up === true;
  }

  get hasConnection(): boolean {
    return this.#connections.size > 0;
  }

  /** A connection to the machine opened. */
  add(connection: Connection): void {
    this.#connections.add(connection);
    this.#strive();
  }

  /** One closed. */
  remove(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#opening === connection) this.#opening = undefined;
    if (this.#current?.connection === connection) this.#drop('lost');
    else if (!this.isUp) this.#strive();
  }

  /** The other machine opened a control stream. */
  accept(stream: Stream, connection: Connection): void {
    if (this.#opensStream) {
      stream.abort(new Error('the machine with the smaller id opens the control stream'));
      return;
    }
    // It would not open a second one if it still had the first.
    this.#drop('lost');
    this.#adopt(stream, connection);
  }

  /** False: not up, or the queue is full. */
  send(message: PeerMessage): boolean {
    return this.#current?.up === true && this.#current.control.send(message);
  }

  /** Says goodbye, where there is somebody to hear it, and closes all connections in order. */
  close(): void {
    this.#leave(
      (control) => control.close(),
      (connection) => void closeConnection(connection),
    );
  }

  /** Cuts all connections. */
  abort(reason: string): void {
    this.#leave(
      (control) => control.abort(reason),
      (connection) => connection.abort(new Error(reason)),
    );
  }

  /** Makes the best of the connections that are left: opens a stream, waits for one, or gives up. */
  #strive(): void {
    if (this.#current !== undefined || this.#opening !== undefined) return;
    const connection = [...this.#connections].find((each) => each.status === 'open');
    if (connection === undefined) {
      this.#stopTimer();
      if (this.#connections.size === 0) this.#events.failed();
      return;
    }
    this.#startTimer();
    if (this.#opensStream) this.#open(connection);
  }

  #open(connection: Connection): void {
    this.#opening = connection;
    connection
      .newStream(PROTOCOLS.control, { signal: AbortSignal.timeout(TIMES.dialTimeoutMs) })
      .then((stream) => {
        if (this.#opening !== connection) {
          stream.abort(new Error('not needed any more'));
          return;
        }
        this.#opening = undefined;
        this.#adopt(stream, connection);
      })
      .catch((error: unknown) => {
        if (this.#opening !== connection) return;
        this.#opening = undefined;
        connection.abort(error instanceof Error ? error : new Error(String(error)));
      });
  }

  #adopt(stream: Stream, connection: Connection): void {
    const isCurrent = (): boolean => this.#current === current;
    const control = new ControlStream(stream, ownHello(this.#ownAddresses()), this.#turns, {
      opened: (hello) => {
        if (!isCurrent()) return;
        this.#stopTimer();
        current.up = true;
        this.#events.up(connection, hello);
      },
      message: (message, taken) => {
        if (isCurrent()) this.#events.message(message, taken);
      },
      malformed: (reason, fatal) => {
        if (isCurrent()) this.#events.malformed(reason, fatal);
      },
      ended: (end) => {
        if (isCurrent()) this.#drop(end);
      },
    });
    const current: CurrentStream = { control, connection, up: false };
    this.#current = current;
    this.#startTimer();
  }

  /** The current stream is over; so is its connection. Others may serve. */
  #drop(end: ControlEnd): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    this.#connections.delete(current.connection);
    if (end === 'goodbye') void closeConnection(current.connection);
    else if (!current.up && current.connection.status === 'open') {
      // A machine that has lost its data knows no members: it may have come to join.
      current.control.abort('the control stream is over');
      this.#events.refused(current.connection);
    } else {
      current.control.abort('the control stream is over');
      current.connection.abort(new Error('the control stream is over'));
    }
    if (current.up) this.#events.down(end === 'lost');
    this.#strive();
  }

  #leave(endStream: (control: ControlStream) => void, endConnection: (connection: Connection) => void): void {
    const current = this.#current;
    const connections = [...this.#connections];
    this.#current = undefined;
    this.#opening = undefined;
    this.#connections.clear();
    this.#stopTimer();
    if (current !== undefined) endStream(current.control);
    for (const connection of connections) endConnection(connection);
    if (current?.up === true) this.#events.down(false);
    else if (connections.length > 0) this.#events.failed();
  }

  #startTimer(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#onSilence(), NETWORK.greetingMs);
    this.#timer.unref();
  }

  #onSilence(): void {
    const greets = this.#opensStream || this.#current === undefined;
    this.abort('no control stream came up');
    if (!greets) this.#events.malformed('a control stream was opened without a greeting', false);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
