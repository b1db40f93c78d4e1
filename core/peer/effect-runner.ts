/**
 * Performs the effects of a batch of steps: first all writes in one durable transaction, then everything else in order.
 * When the transaction fails, nothing that would let the world know of it is performed; the writes are kept and tried
 * again, because the state already counts on them.
 */
import { AUDIT, LIMITS, TIMES } from '../config/constants.ts';
import type { SealedChange } from '../document/document-protocol.ts';
import type { MachineId, OccurrenceId, RunId } from '../domain/ids.ts';
import type { RunRecord } from '../domain/run.ts';
import { AppErrorException, appError } from '../std/app-error.ts';
import { err, type Result } from '../std/result.ts';
import type { Clock } from '../ports/clock.ts';
import type { DocumentHost } from '../ports/document-host.ts';
import type { LocalPolicySource } from '../ports/local-policy-source.ts';
import type { LoadProbe } from '../ports/load-probe.ts';
import type { Notifier, NotifyFailure } from '../ports/notifier.ts';
import type { Logger } from '../ports/logger.ts';
import type { OutputStore } from '../ports/output-store.ts';
import type { ProcessRunner } from '../ports/process-runner.ts';
import type { Sealer } from '../ports/sealer.ts';
import type { StateStore, StoreWrite } from '../ports/state-store.ts';
import type { Transport } from '../ports/transport.ts';
import { firstPage, roomOfPage } from '../protocol/log-page.ts';
import type { JoinAnswer, PeerMessage } from '../protocol/messages.ts';
import { isHarmless } from './effect-safety.ts';
import type { Effect } from './effects.ts';
import type { PeerEvent } from './events.ts';
import type { PeerChange } from './peer-view.ts';
import { type NotifyJob, nameOfJob, sendNotification } from './notify-effects.ts';
import { openForRun, seal, type SealingJob } from './secret-effects.ts';
import type { HistoryLookup, PeerState } from './state.ts';

/** The world, as far as a peer touches it. */
export interface PeerPorts {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly store: StateStore;
  readonly processes: ProcessRunner;
  readonly outputs: OutputStore;
  readonly document: DocumentHost;
  readonly sealer: Sealer;
  readonly notifier: Notifier;
  readonly load: LoadProbe;
  readonly policy: LocalPolicySource;
  readonly logger: Logger;
}

/** Where effects for the peer's own hosts and what comes back go. */
export interface EffectSink {
  enqueue(event: PeerEvent): void;
  reply(requestId: string, outcome: Result<unknown>): void;
  answerJoin(requestId: string, answer: JoinAnswer): void;
  tell(change: PeerChange): void;
  stopped(): void;
}

/** Writes that could not be stored yet. Own records only: nothing else is taken while storage fails. */
const UNSTORED_MAX = 20_000;

export class EffectRunner implements HistoryLookup {
  readonly #ports: PeerPorts;
  readonly #state: PeerState;
  readonly #sink: EffectSink;
  #unstored: StoreWrite[] = [];
  #retryAtMs: number | undefined;

  constructor(ports: PeerPorts, state: PeerState, sink: EffectSink) {
    this.#ports = ports;
    this.#state = state;
    this.#sink = sink;
  }

  /** Monotonic instant at which failed writes are tried again; undefined when there are none. */
  get retryAtMs(): number | undefined {
    return this.#retryAtMs;
  }

  /** Writes that are kept until the store takes them again. */
  get unstoredCount(): number {
    return this.#unstored.length;
  }

  run(effects: readonly Effect[]): void {
    // Most batches are a beat of somebody, which asks for nothing.
    if (effects.length === 0) return;
    let writes: StoreWrite[] | undefined;
    let announced: RunRecord[] | undefined;
    for (const effect of effects) {
      if (effect.type === 'write') (writes ??= []).push(effect.write);
      else if (effect.type === 'announce-record') (announced ??= []).push(effect.record);
    }
    const stored = writes === undefined || this.#commit(writes);
    if (stored && announced !== undefined) this.#announce(announced);
    const notLaunched: RunId[] = [];
    for (const effect of effects) {
      if (stored || isHarmless(effect)) this.#perform(effect);
      else this.#withhold(effect, notLaunched);
    }
    if (notLaunched.length > 0) {
      const full = this.#state.storageTrouble !== 'STORAGE_FAILED';
      this.#sink.enqueue({ type: 'storage-failed', full, message: 'runs were not started', notLaunched });
    }
  }

  /** What the store knows of earlier starts. */
  startedBy(occurrence: OccurrenceId, attempt: number): MachineId | 'unreadable' | undefined {
    return this.#reading(() => this.#ports.store.startedBy(occurrence, attempt));
  }

  /** What the store holds of an occurrence. */
  runsOf(occurrence: OccurrenceId): readonly RunRecord[] | 'unreadable' {
    return this.#reading(() => this.#ports.store.runsOf(occurrence));
  }

  /** Whose run it is. */
  machineOf(run: RunId): MachineId | 'unreadable' | undefined {
    return this.#reading(() => this.#ports.store.machineOf(run));
  }

  /** Tries the kept writes again, when it is time. */
  retry(nowMs: number): void {
    if (this.#retryAtMs === undefined || nowMs < this.#retryAtMs) return;
    this.#commit([]);
  }

  #commit(writes: readonly StoreWrite[]): boolean {
    const all = this.#unstored.length === 0 ? writes : [...this.#unstored, ...writes];
    const outcome = this.#ports.store.commit(all);
    if (outcome.ok) {
      if (this.#retryAtMs !== undefined) this.#sink.enqueue({ type: 'storage-recovered' });
      this.#unstored = [];
      this.#retryAtMs = undefined;
      return true;
    }
    this.#unstored = all.length > UNSTORED_MAX ? this.#unstored : [...all];
    this.#retryAtMs = this.#ports.clock.monotonicMs() + TIMES.storageRetryMs;
    this.#sink.enqueue({ type: 'storage-failed', full: outcome.full, message: outcome.message, notLaunched: [] });
    return false;
  }

  /** What may not happen because its record is not stored, answered so that nobody waits for it. */
  #withhold(effect: Effect, notLaunched: RunId[]): void {
    if (effect.type === 'launch') notLaunched.push(effect.spec.runId);
    if (effect.type === 'reply') {
      const error = appError('STORAGE_FULL', 'it could not be stored on this machine');
      this.#sink.reply(effect.requestId, effect.outcome.ok ? err(error) : effect.outcome);
    }
    if (effect.type === 'notify') {
      const failure = {
        code: 'NOTIFICATION_FAILED',
        text: 'this machine cannot store anything at the moment',
        retry: true,
      } as const;
      this.#sink.enqueue({ type: 'notified', job: nameOfJob(effect.job), outcome: err(failure) });
    }
    if (effect.type === 'answer-join') {
      const message = 'the inviter cannot store anything at the moment';
      this.#sink.answerJoin(effect.requestId, { type: 'refused', code: 'STORAGE_FULL', message });
    }
  }

  #perform(effect: Effect): void {
    const { transport, processes, document, logger, outputs } = this.#ports;
    switch (effect.type) {
      case 'write':
      case 'announce-record':
        return;
      case 'send':
        return void transport.send(effect.to, effect.message);
      case 'publish':
        return transport.publish(effect.heartbeat);
      case 'dial':
        return transport.dial(effect.machine, effect.addresses);
      case 'disconnect':
        return transport.disconnect(effect.machine);
      case 'set-members':
        return transport.setMembers(effect.members);
      case 'send-log-page':
      case 'send-audit-page':
      case 'send-changes':
        return this.#sendStored(effect);
      case 'answer-join':
        return this.#sink.answerJoin(effect.requestId, effect.answer);
      case 'request-join':
        return this.#requestJoin(effect);
      case 'document':
        return document.post(effect.command);
      case 'reopen-document':
        this.#reading(() => {
          this.#reopenDocument(effect.actor);
        });
        return;
      case 'start-processes':
        return this.#startProcesses(effect.unfinished);
      case 'launch':
        return this.#launch(effect);
      case 'notify':
        return this.#notify(effect.job);
      case 'seal-secret':
        return this.#seal(effect.job);
      case 'terminate':
        return processes.terminate(effect.runId, effect.graceMs);
      case 'read-output':
        return this.#readOutput(effect);
      case 'keep-output':
        return this.#inBackground(this.#keepOutput(effect));
      case 'prune-output':
        return this.#inBackground(outputs.prune(effect.before));
      case 'measure-load':
        return this.#measureLoad();
      case 'reply':
      case 'reply-output':
      case 'reply-document':
        return this.#sink.reply(effect.requestId, effect.outcome);
      case 'tell':
        return this.#sink.tell(effect.change);
      case 'log':
        return logger.log(effect.level, effect.message, effect.fields);
      case 'stopped':
        return this.#sink.stopped();
    }
  }

  /** New own records, to everyone who listens, as few messages as they fit in. */
  #announce(records: readonly RunRecord[]): void {
    const { self, connected, farewells, logFloors } = this.#state;
    const floor = logFloors.get(self) ?? 0;
    for (let rest = records; rest.length > 0;) {
      const page = [...firstPage(rest)];
      rest = rest.slice(page.length);
      const message: PeerMessage = { type: 'log-page', recorderId: self, floor, records: page, more: false };
      for (const to of connected) {
        // Who was removed learns of that, and of nothing else.
        if (!farewells.has(to)) this.#ports.transport.send(to, message);
      }
    }
  }

  #sendStored(effect: Extract<Effect, { type: 'send-log-page' | 'send-audit-page' | 'send-changes' }>): void {
    this.#reading(() => {
      if (effect.type === 'send-log-page') this.#sendLogPage(effect);
      else if (effect.type === 'send-audit-page') this.#sendAuditPage(effect);
      else this.#sendChanges(effect);
    });
  }

  #sendLogPage({ to, recorderId, after }: Extract<Effect, { type: 'send-log-page' }>): void {
    const { records, more, floor } = this.#ports.store.recordsAfter(
      recorderId,
      after,
      LIMITS.recordsPerMessage,
      roomOfPage(),
    );
    const page = [...firstPage(records)];
    const isMore = more || page.length < records.length;
    this.#ports.transport.send(to, { type: 'log-page', recorderId, floor, records: page, more: isMore });
  }

  #sendAuditPage({ to, recorderId, after }: Extract<Effect, { type: 'send-audit-page' }>): void {
    const page = this.#ports.store.auditAfter(recorderId, after, AUDIT.recordsPerMessage);
    this.#ports.transport.send(to, { type: 'audit-page', recorderId, ...page });
  }

  #sendChanges({ to, vector }: Extract<Effect, { type: 'send-changes' }>): void {
    const { changesPerMessage, changeBytesPerMessage } = LIMITS;
    const { changes, more } = this.#ports.store.changesSince(vector, changesPerMessage, changeBytesPerMessage);
    if (changes.length > 0) this.#ports.transport.send(to, { type: 'document-changes', changes, more });
  }

  #requestJoin(effect: Extract<Effect, { type: 'request-join' }>): void {
    const { requestId, inviter, addresses, request } = effect;
    this.#inBackground(
      this.#ports.transport.requestJoin(inviter, addresses, request).then((answer) => {
        this.#sink.enqueue({ type: 'join-answered', requestId, inviter, addresses, answer });
      }),
    );
  }

  /**
   * Without the snapshot, which may be what is wrong with it: every change that it was made of is stored as well, or
   * waits to be.
   */
  #reopenDocument(actor: string): void {
    const changes: SealedChange[] = [];
    const vector: Record<string, number> = {};
    for (let more = true; more;) {
      const page = this.#ports.store.changesSince(vector, LIMITS.changesPerMessage, LIMITS.changeBytesPerMessage);
      for (const change of page.changes) vector[change.actor] = change.sequence;
      changes.push(...page.changes);
      ({ more } = page);
    }
    for (const write of this.#unstored) if (write.kind === 'changes') changes.push(...write.changes);
    this.#ports.document.post({ type: 'open', self: this.#state.self, actor, snapshot: undefined, changes });
  }

  /** Does what needs stored data; when that cannot be read, this machine says so, and takes no runs for a while. */
  #reading<T>(act: () => T): T | 'unreadable' {
    try {
      return act();
    } catch (fault) {
      if (!(fault instanceof AppErrorException)) throw fault;
      const { message } = fault.error;
      this.#ports.logger.log('error', 'stored data cannot be read', { reason: message });
      this.#retryAtMs ??= this.#ports.clock.monotonicMs() + TIMES.storageRetryMs;
      this.#sink.enqueue({ type: 'storage-failed', full: false, message, notLaunched: [] });
      return 'unreadable';
    }
  }

  #startProcesses(unfinished: readonly RunId[]): void {
    const onEvent = (event: Parameters<Parameters<PeerPorts['processes']['start']>[0]>[0]): void => {
      this.#sink.enqueue({ type: 'process', event });
    };
    this.#inBackground(this.#ports.processes.start(onEvent, unfinished));
  }

  #keepOutput(effect: Extract<Effect, { type: 'keep-output' }>): Promise<void> {
    const { runId, offset, data, complete, errors } = effect;
    return this.#ports.outputs.append(runId, offset, data, complete, errors);
  }

  #readOutput(effect: Extract<Effect, { type: 'read-output' }>): void {
    const { requestId, to, runId, offset, limit } = effect;
    this.#inBackground(
      this.#ports.outputs.read(runId, offset, limit).then((chunk) => {
        this.#sink.enqueue({ type: 'output-read', requestId, to, runId, chunk });
      }),
    );
  }

  #launch({ spec, secrets }: Extract<Effect, { type: 'launch' }>): void {
    const { sealer, processes } = this.#ports;
    if (secrets === undefined) return processes.launch(spec);
    this.#inBackground(
      openForRun(sealer, spec, secrets).then(
        (opened) => {
          if (opened.ok) processes.launch(opened.value);
          else this.#sink.enqueue({ type: 'process', event: opened.error });
        },
        (fault: unknown) => {
          const text = 'its secrets could not be opened; the log says why';
          const event = { type: 'not-started', runId: spec.runId, code: 'SECRET_UNREADABLE', text } as const;
          this.#sink.enqueue({ type: 'process', event });
          throw fault;
        },
      ),
    );
  }

  #seal({ requestId, name, after, ...rest }: SealingJob): void {
    const job = { requestId, name, after };
    this.#inBackground(
      seal(this.#ports.sealer, this.#state.self, { ...job, ...rest }).then(
        (outcome) => {
          this.#sink.enqueue({ type: 'secret-sealed', job, outcome });
        },
        (fault: unknown) => {
          const outcome = err(appError('INTERNAL', 'it could not be sealed'));
          this.#sink.enqueue({ type: 'secret-sealed', job, outcome });
          throw fault;
        },
      ),
    );
  }

  #notify(job: NotifyJob): void {
    const { sealer, notifier } = this.#ports;
    const tell = (outcome: Result<string, NotifyFailure>): void => {
      this.#sink.enqueue({ type: 'notified', job: nameOfJob(job), outcome });
    };
    this.#inBackground(
      sendNotification(sealer, notifier, this.#state.self, job).then(tell, (fault: unknown) => {
        tell(err({ code: 'NOTIFICATION_FAILED', text: 'it could not be sent; the log says why', retry: true }));
        throw fault;
      }),
    );
  }

  #measureLoad(): void {
    const measured = this.#ports.load.measure();
    this.#sink.enqueue({
      type: 'load',
      load: { ...measured, slotsUsed: this.#state.local.size },
      policy: this.#ports.policy.read(),
    });
  }

  /** A fault of the world in something that nobody waits for is logged. */
  #inBackground(work: Promise<void>): void {
    work.catch((fault: unknown) => {
      this.#ports.logger.log('error', 'background work failed', { reason: String(fault) });
    });
  }
}
