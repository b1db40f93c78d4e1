/**
 * How each member behaves: how fast it says what, how often its link comes up, how much of what it says is malformed. One
 * entry for each member that was heard of.
 */
import { LIMITS } from '../../config/constants.ts';
import type { MachineId } from '../../domain/ids.ts';
import { MessageRates, TokenBucket, type RateVerdict } from '../../protocol/message-rates.ts';
import type { PeerMessage } from '../../protocol/messages.ts';
import { NETWORK } from './network-limits.ts';

interface Conduct {
  messages: MessageRates;
  links: TokenBucket;
  readonly offences: TokenBucket;
  malformed: number;
}

export class MemberConduct {
  readonly #members = new Map<MachineId, Conduct>();

  /** Judges one message. */
  judge(machine: MachineId, kind: PeerMessage['type']): RateVerdict {
    return this.#of(machine).messages.judge(kind, performance.now());
  }

  /** Counts a link that came up; in words, when those are too many. */
  linkFault(machine: MachineId): string | undefined {
    if (this.#of(machine).links.takes(performance.now())) return undefined;
    return 'it connects again and again';
  }

  /** Counts a malformed message; true when those are too many. */
  isTooBad(machine: MachineId): boolean {
    const conduct = this.#of(machine);
    conduct.malformed += 1;
    return conduct.malformed >= LIMITS.badMessagesPerPeer;
  }

  /** Counts that it was cut off for malformed messages; true when that has happened too often. */
  isOffender(machine: MachineId): boolean {
    return !this.#of(machine).offences.takes(performance.now());
  }

  /** It was cut off: what it sent before counts no more, but that it was. */
  forgive(machine: MachineId): void {
    const conduct = this.#of(machine);
    conduct.messages = new MessageRates();
    conduct.malformed = 0;
  }

  /** It is no member any more. */
  forget(machine: MachineId): void {
    this.#members.delete(machine);
  }

  #of(machine: MachineId): Conduct {
    let conduct = this.#members.get(machine);
    if (conduct === undefined) {
      conduct = {
        messages: new MessageRates(),
        links: new TokenBucket({ perSecond: NETWORK.linksPerSecond, burst: NETWORK.linksAtOnce }),
        offences: new TokenBucket({ perSecond: NETWORK.forgivenPerSecond, burst: NETWORK.forgivenOffences }),
        malformed: 0,
      };
      this.#members.set(machine, conduct);
    }
    return conduct;
  }
}
