/** What a peer knows of invitations, pairings and machines nearby: see `invitation-steps`, `pairing-steps`, `nearby-steps`. */
import { LIMITS, TIMES } from '../config/constants.ts';
import type { ClusterId, MachineId } from '../domain/ids.ts';
import type { Role } from '../domain/machine.ts';
import type { Labels } from '../domain/placement.ts';
import { PairingTries } from '../security/pairing-tries.ts';
import { StrangerTries } from '../security/stranger-tries.ts';
import type { ErrorCode } from '../std/error-codes.ts';
import type { Turn } from './state.ts';

export interface Invitation {
  /** Hash of the secret, hex; the secret itself is not kept. */
  readonly secretHash: string;
  readonly roles: readonly Role[];
  /** Besides those that the new machine gives itself. */
  readonly labels: Labels;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedBy: MachineId | undefined;
  readonly cancelled: boolean;
}

/** A machine that asks to be admitted, as it describes itself. */
export interface Newcomer {
  readonly id: MachineId;
  readonly name: string;
  readonly labels: Labels;
  readonly addresses: readonly string[];
  readonly sealingKey: string | undefined;
}

/** A pairing that another machine has asked this one for. */
export interface AskedPairing {
  readonly newcomer: Newcomer;
  readonly commitment: Uint8Array;
  /** As seen from here. */
  readonly remoteAddress: string;
  /** Epoch milliseconds. */
  readonly askedAt: number;
  /** Monotonic. */
  readonly expiresAtMs: number;
  stage: AskedStage;
}

export type AskedStage =
  | { readonly kind: 'committed'; readonly nonce: Uint8Array }
  | {
      readonly kind: 'shown';
      readonly digits: string;
      /** The person at the other machine says that both show the same. */
      readonly confirmed: boolean;
      readonly approval: { readonly roles: readonly Role[]; readonly labels: Labels | undefined } | undefined;
      /** The request that waits for the decision, and until when (monotonic). */
      readonly waiter: { readonly requestId: string; readonly untilMs: number } | undefined;
    }
  | { readonly kind: 'admitting' }
  /** Told to the other machine when it asks next. */
  | { readonly kind: 'ended'; readonly code: ErrorCode; readonly message: string };

/** The pairing that this machine asks another one for. */
export interface OwnPairing {
  /** Tells its requests from those of earlier pairings. */
  readonly number: number;
  readonly asked: MachineId;
  readonly addresses: readonly string[];
  readonly nonce: Uint8Array;
  /** Monotonic. */
  readonly expiresAtMs: number;
  /** Request of the person who waits for the digits. */
  readonly command: string;
  stage: OwnStage;
  /** The newest question that is under way, and since when (monotonic). */
  question: { readonly requestId: string; readonly sinceMs: number } | undefined;
  questions: number;
}

export type OwnStage =
  | { readonly kind: 'asking' }
  /** What the asked machine is bound to. */
  | ({ readonly kind: 'revealing'; readonly commitment: Uint8Array } & AskedMachine)
  /** Both screens show the digits. */
  | ({ readonly kind: 'waiting'; readonly confirmed: boolean; readonly digits: string } & AskedMachine)
  | { readonly kind: 'joined'; readonly cluster: { readonly id: ClusterId; readonly name: string } }
  | { readonly kind: 'ended'; readonly code: ErrorCode; readonly message: string };

/** Who was asked, as it describes itself. */
export interface AskedMachine {
  readonly name: string;
  readonly cluster: { readonly id: ClusterId; readonly name: string };
}

/** A machine that was seen on the local network. */
export interface NearbyMachine {
  readonly addresses: readonly string[];
  /** Monotonic. */
  readonly seenAtMs: number;
  /** What it said of itself, and when. */
  readonly about:
    | {
        readonly name: string;
        readonly cluster: { readonly id: ClusterId; readonly name: string } | undefined;
        readonly admits: boolean;
        readonly atMs: number;
      }
    | undefined;
}

export interface AdmissionState {
  /** Root key of the cluster that was created here, until it is to be forgotten; base64url. */
  rootSeed: string | undefined;
  readonly wrongTokens: StrangerTries;
  readonly pairingTries: PairingTries;
  readonly pairings: Map<MachineId, AskedPairing>;
  ownPairing: OwnPairing | undefined;
  pairingNumber: number;
  readonly nearby: Map<MachineId, NearbyMachine>;
  /** Machines that are being asked for their names, and what is done when all have answered. */
  readonly hellos: Set<MachineId>;
  afterHellos: ((turn: Turn) => void)[];
}

export function newAdmissionState(): AdmissionState {
  const windowMs = TIMES.attemptsMs;
  return {
    rootSeed: undefined,
    wrongTokens: new StrangerTries({ ofOne: LIMITS.wrongTokensPerStranger, inAll: LIMITS.wrongTokens, windowMs }),
    pairingTries: new PairingTries(),
    pairings: new Map(),
    ownPairing: undefined,
    pairingNumber: 0,
    nearby: new Map(),
    hellos: new Set(),
    afterHellos: [],
  };
}
