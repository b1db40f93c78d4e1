/** Limits and times of the libp2p adapter alone. Those that the peer counts on are in `config/constants`. */
import { LIMITS, TIMES } from '../../config/constants.ts';
import { assert } from '../../std/assert.ts';

export const NETWORK = {
  /** Open connections: two for each member (both sides dial at once), and the strangers. */
  connections: LIMITS.machinesPerCluster * 2 + 64,
  /** New inbound connections per second from one host, before anything is known of the peer. */
  inboundConnectionsPerSecond: LIMITS.machinesPerCluster,
  /** Inbound connections whose handshake is under way. */
  pendingInboundConnections: LIMITS.machinesPerCluster,
  /** Strangers that may be connected at once. */
  strangerConnections: 8,
  strangerConnectionsPerAddress: 6,
  /** Strangers that are let past the handshake in a minute: in all, and of one address. */
  strangerAttemptsPerMinute: 240,
  strangerAttemptsPerAddress: 60,
  /** After this a stranger must have become a member, or go. */
  strangerMs: 15_000,
  /** A connection to a member must carry a control stream within this. */
  greetingMs: 2 * TIMES.dialTimeoutMs,
  /** One address of several may take this much of the time for a dial; the last of them all that is left. */
  addressDialMs: 1500,
  /** Machines outside the cluster whose announcements are remembered, and addresses of each. */
  sightings: 64,
  sightingAddresses: 4,
  /** Requests to join that are being answered at once: of all machines together, of those of one address, and of one. */
  joins: 8,
  joinsOfAddress: 6,
  joinsOfOne: 2,
  /** A request to join, from its stream to its last byte. */
  joinRequestMs: 5000,
  /** A control stream that was refused may be a sign that the machine wants to join: its connection lives on so long. */
  refusedControlMs: 2000,
  /** A join, from the dial to the answer; and for the inviter from the stream to the answer. */
  joinMs: 10_000,
  /** A connection that is closed in order is cut after this. */
  closeMs: 1000,
  stopMs: 3000,
  /** Unread bytes of one stream, and so what a slow reader can make a sender wait for. */
  streamWindowBytes: 1024 * 1024,
  /** Messages of one member, and their bytes, that are read from its stream and not dealt with yet. */
  untakenMessages: 128,
  untakenBytes: 1024 * 1024,
  /** What is decoded in one turn of the event loop, of all members together: units (a small message is one), and bytes. */
  turnUnits: 64,
  turnBytes: 128 * 1024,
  /** Messages of one stream that are decoded before another stream has its turn. */
  messagesPerPiece: 8,
  /** A heartbeat that was handed on costs as much as so many small messages: its signature is verified. */
  heartbeatUnits: 8,
  /** Messages that still count when a stream has ended under them. */
  lastMessages: 256,
  /** A member that was cut off is refused for so long, each time twice as long; the longest also ends its record. */
  barredMs: 10_000,
  barredMaxMs: 600_000,
  /** Times that a member may be cut off for malformed messages before it is refused, an hour each. */
  forgivenOffences: 3,
  forgivenPerSecond: 1 / 3600,
  /** Control streams that one member may bring up: a second, and at once. */
  linksPerSecond: 1,
  linksAtOnce: 30,
  /** Heartbeats that one member may hand on: a second, and at once; and the bytes of gossip. */
  heartbeatsPerSecond: 50,
  heartbeatsAtOnce: 300,
  gossipBytesPerSecond: 256 * 1024,
  gossipBytesAtOnce: 4 * 1024 * 1024,
  /** A member to whom no stream of gossip is open is tried again after this, each time after twice as long. */
  gossipOfferMs: 500,
  gossipOfferMaxMs: 600_000,
  /** Messages, subscriptions and words of control in one gossip exchange. */
  gossipMessages: 64,
  gossipSubscriptions: 16,
  gossipControls: 16,
  gossipIds: 512,
  /** Requests to join of one machine, and of all together: a second, and at once. */
  joinsPerSecond: 2,
  joinsAtOnce: 20,
  allJoinsPerSecond: 20,
  allJoinsAtOnce: 100,
  /** One gossip exchange; it may hold several messages. */
  gossipExchangeBytes: 16 * LIMITS.gossipMessageBytes,
} as const;

assert(NETWORK.greetingMs < NETWORK.strangerMs, 'who waits for a greeting gives up before it is sent away');
assert(NETWORK.stopMs < TIMES.stopMs, 'the transport stops within the time that the agent has');
assert(TIMES.pairingAnswerMs < NETWORK.joinMs, 'who waits for a decision is answered before it gives up');
assert(LIMITS.pairings < NETWORK.joins, 'pairings that wait leave room for other joins');
