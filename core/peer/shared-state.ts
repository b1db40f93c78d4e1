/** What the document says beside tasks and machines, as the peer knows it: calendars, secrets, and which task follows which. */
import type { KeptCalendar } from '../document/calendar-changes.ts';
import type { NamedSecret } from '../document/document-protocol.ts';
import type { Calendar } from '../domain/calendar.ts';
import type { KeptChannel } from '../document/channel-changes.ts';
import { type NoticeState, newNoticeState } from './notice-state.ts';
import { type ChainState, newChainState } from './chain-state.ts';

export interface SharedState {
  readonly chain: ChainState;
  readonly calendars: Map<string, KeptCalendar>;
  /** The same, as schedules look them up. */
  readonly calendarBook: Map<string, Calendar>;

  readonly channels: Map<string, KeptChannel>;
  readonly notices: NoticeState;

  readonly secrets: Map<string, NonNullable<NamedSecret['state']>>;
  /** Secrets that are not sealed to whom they belong, since when (monotonic), and those that are being sealed here. */
  readonly resealSinceMs: Map<string, number>;
  readonly resealing: Set<string>;
  /** The own sealing key is being written into the roster. */
  announcingKey: boolean;
}

export function newSharedState(): SharedState {
  return {
    chain: newChainState(),
    calendars: new Map(),
    calendarBook: new Map(),
    channels: new Map(),
    notices: newNoticeState(),
    secrets: new Map(),
    resealSinceMs: new Map(),
    resealing: new Set(),
    announcingKey: false,
  };
}
