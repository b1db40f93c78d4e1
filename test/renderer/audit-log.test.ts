/** The audit log of the settings without a browser: what its address asks, how it is renewed, and how it is read back. */
import { describe, expect, it } from 'vitest';
import { AUDIT_ACTIONS } from '../../core/domain/audit-record.ts';
import { AUDIT_KINDS, AuditLogState, auditLogFilterOf } from '../../renderer/src/state/audit-log.svelte.ts';
import { type Addresses, Router } from '../../renderer/src/state/router.svelte.ts';
import { type FakeApi, FakeScheduler, NOW, liveAccess, refusal, settle } from './fake-host.ts';

const HOUR_MS = 3_600_000;

interface Asked {
  readonly cursor?: string;
}

function setUp(list: (input: Asked) => unknown) {
  const asked: Asked[] = [];
  const api: FakeApi = {
    audit: {
      list: async (input: Asked) => {
        asked.push(input);
        return list(input);
      },
    },
  };
  let hash = '#/settings/audit';
  const addresses: Addresses = { hash: () => hash, set: (next) => (hash = next), listen: () => () => undefined };
  const router = new Router(addresses);
  const scheduler = new FakeScheduler();
  const parts = { access: liveAccess(api), scheduler, onSignal: () => () => undefined };
  return { asked, router, scheduler, log: new AuditLogState(parts, router) };
}

const pageOf = ({ cursor }: Asked) =>
  cursor === undefined
    ? { records: [{ sequence: 2 }], nextCursor: 'further' }
    : { records: [{ sequence: 1 }], nextCursor: null };

describe('the audit log', () => {
  it('knows every kind of record', () => {
    expect([...AUDIT_KINDS].sort()).toEqual([...AUDIT_ACTIONS].sort());
  });

  it('is asked what its address says, and what the address says amiss is left out', async () => {
    expect(auditLogFilterOf({ action: 'everything', since: '5y' })).toEqual({
      text: '',
      action: undefined,
      machine: undefined,
      span: undefined,
    });
    const { asked, router, log } = setUp(pageOf);
    expect(log.filtering).toBe(false);
    router.refine({ q: ' nas ', action: 'machine-removed', machine: 'm1', since: '1h' });
    log.ask();
    await settle();
    const question = { text: 'nas', action: 'machine-removed', machine: 'm1', from: NOW - HOUR_MS };
    expect(asked).toEqual([{ limit: 100, ...question }]);
    expect([log.loaded, log.filtering, log.records.length]).toEqual([true, true, 1]);
  });

  it('is read on further back, and is not renewed from then on', async () => {
    const { asked, scheduler, log } = setUp(pageOf);
    const stop = log.start();
    log.ask();
    await settle();
    await scheduler.advance(11_000);
    expect(asked).toHaveLength(2);
    expect(log.hasMore).toBe(true);
    await log.more();
    expect(log.records.map(({ sequence }) => sequence)).toEqual([2, 1]);
    expect(log.hasMore).toBe(false);
    await scheduler.advance(30_000);
    expect(asked).toHaveLength(3);
    log.ask();
    await scheduler.advance(1000);
    expect(log.records.map(({ sequence }) => sequence)).toEqual([2]);
    stop();
  });

  it('lets go the answer to a question that is not asked any more', async () => {
    const answers: (() => void)[] = [];
    const { log, scheduler } = setUp(
      () => new Promise((resolve) => answers.push(() => resolve({ records: [{ sequence: 1 }], nextCursor: null }))),
    );
    log.ask();
    await settle();
    log.ask();
    answers[0]?.();
    await settle();
    expect(log.loaded).toBe(false);
    await scheduler.advance(1000);
    answers[1]?.();
    await settle();
    expect(log.loaded).toBe(true);
  });

  it('keeps what is shown beside the reason for which it cannot be asked again', async () => {
    let broken = false;
    const { log, scheduler } = setUp((input) => {
      if (broken) throw refusal('PEER_TIMEOUT', 'no answer');
      return pageOf(input);
    });
    log.ask();
    await settle();
    broken = true;
    log.ask();
    await scheduler.advance(1000);
    expect([log.records.length, log.refusal?.message]).toEqual([1, 'No answer.']);
  });
});
