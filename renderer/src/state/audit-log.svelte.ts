/**
 * The audit log as the settings show it: who did what from which machine, and what was refused, of the whole cluster. The
 * address says what is asked for. The newest page is looked at again now and then, until a person reads on further back.
 */
import type { AuditRecordOutput } from '../../../core/api/audit-log-schemas.ts';
import type { AuditAction } from '../../../core/domain/audit-record.ts';
import type { Outcome, Refusal } from '../client/refusal.ts';
import type { ConsoleState } from './console.svelte.ts';
import { every } from './every.ts';
import { Refresher } from './refresher.ts';
import type { Query, Router } from './router.svelte.ts';

const PAUSE_MS = 300;
const LOOK_MS = 10_000;
const PAGE_RECORDS = 100;
/** More are not kept in the page: whoever looks further back narrows the question. */
const MOST_RECORDS = 2000;

/** Every kind of record: what people do, then what was refused. */
export const AUDIT_KINDS = [
  'task-changed',
  'task-deleted',
  'task-restored',
  'run-by-hand',
  'run-cancelled',
  'secret-changed',
  'calendar-changed',
  'channel-changed',
  'backup-downloaded',
  'policy-changed',
  'cluster-created',
  'machine-admitted',
  'machine-changed',
  'machine-removed',
  'roles-changed',
  'recovered',
  'invitation-made',
  'invitation-used',
  'pairing-asked',
  'pairing-approved',
  'pairing-refused',
  'run-refused',
  'policy-refused',
  'join-refused',
  'stranger-refused',
  'change-rejected',
  'record-rejected',
  'heartbeat-rejected',
  'message-rejected',
  'api-refused',
] as const satisfies readonly AuditAction[];

/** Lengths in milliseconds, back from now. */
export const AUDIT_SPANS = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 } as const;
export type AuditSpan = keyof typeof AUDIT_SPANS;

export interface AuditLogFilter {
  readonly text: string;
  readonly action: AuditAction | undefined;
  /** A machine that wrote it down, or on which it was done or tried. */
  readonly machine: string | undefined;
  readonly span: AuditSpan | undefined;
}

/** The filter that an address asks for; what it says amiss is left out. */
export function auditLogFilterOf(query: Query): AuditLogFilter {
  return {
    text: query['q'] ?? '',
    action: AUDIT_KINDS.find((known) => known === query['action']),
    machine: query['machine'],
    span: (Object.keys(AUDIT_SPANS) as AuditSpan[]).find((known) => known === query['since']),
  };
}

export type AuditLogParts = Pick<ConsoleState, 'access' | 'scheduler' | 'onSignal'>;

export class AuditLogState {
  readonly filter = $derived.by(() => auditLogFilterOf(this.#router.query));
  #records = $state.raw<readonly AuditRecordOutput[]>([]);
  #next = $state.raw<string | null>(null);
  #loaded = $state(false);
  #readingOn = $state(false);
  #refusal = $state.raw<Refusal | undefined>();
  /** Pages that are shown; only a single one is renewed. */
  #pages = 0;
  #asked = 0;
  readonly #parts: AuditLogParts;
  readonly #router: Router;
  readonly #refresher: Refresher;

  constructor(parts: AuditLogParts, router: Router) {
    this.#parts = parts;
    this.#router = router;
    this.#refresher = new Refresher(() => this.#load(), PAUSE_MS, parts.scheduler);
  }

  /** Newest first. */
  get records(): readonly AuditRecordOutput[] {
    return this.#records;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** Why the last look came to nothing. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** There is more, and room for it. */
  get hasMore(): boolean {
    return this.#next !== null && this.#records.length < MOST_RECORDS;
  }

  /** There is more than the page keeps. */
  get isCut(): boolean {
    return this.#next !== null && this.#records.length >= MOST_RECORDS;
  }

  get readingOn(): boolean {
    return this.#readingOn;
  }

  get filtering(): boolean {
    const { text, action, machine, span } = this.filter;
    return text.trim() !== '' || action !== undefined || machine !== undefined || span !== undefined;
  }

  /** @returns how to stop */
  start(): () => void {
    const renew = (): void => {
      if (this.#pages <= 1) this.#refresher.ask();
    };
    const stopLooking = every(this.#parts.scheduler, LOOK_MS, renew);
    const stopHearing = this.#parts.onSignal((signal) => signal.kind === 'resync' && renew());
    return () => {
      stopLooking();
      stopHearing();
      this.#refresher.cancel();
    };
  }

  /** The question has changed, or is to be asked again. */
  ask(): void {
    this.#asked += 1;
    this.#refresher.ask();
  }

  /** Reads on further back. */
  async more(): Promise<void> {
    const cursor = this.#next;
    if (cursor === null || this.#readingOn) return;
    const asked = this.#asked;
    this.#readingOn = true;
    const page = await this.#page(cursor);
    this.#readingOn = false;
    if (asked !== this.#asked) return;
    this.#refusal = page.ok ? undefined : page.refusal;
    if (!page.ok) return;
    this.#pages += 1;
    this.#records = [...this.#records, ...page.value.records];
    this.#next = page.value.nextCursor;
  }

  async #load(): Promise<void> {
    const asked = this.#asked;
    const page = await this.#page(undefined);
    // Somebody has asked for something else meanwhile, or read on.
    if (asked !== this.#asked || this.#readingOn) return;
    this.#refusal = page.ok ? undefined : page.refusal;
    if (!page.ok) return;
    this.#loaded = true;
    this.#pages = 1;
    this.#records = page.value.records;
    this.#next = page.value.nextCursor;
  }

  #page(cursor: string | undefined): Promise<Outcome<{ records: AuditRecordOutput[]; nextCursor: string | null }>> {
    const { text, action, machine, span } = this.filter;
    const from = span === undefined ? undefined : this.#parts.scheduler.now() - AUDIT_SPANS[span];
    return this.#parts.access.call((api, signal) =>
      api.audit.list(
        {
          limit: PAGE_RECORDS,
          ...(text.trim() === '' ? {} : { text: text.trim() }),
          ...(action === undefined ? {} : { action }),
          ...(machine === undefined ? {} : { machine }),
          ...(from === undefined ? {} : { from }),
          ...(cursor === undefined ? {} : { cursor }),
        },
        { signal },
      ),
    );
  }
}
