/** What is common to the procedures of the API: who did what, faults, limits, and the doctor. */
import { describe, expect, test } from 'vitest';
import { StreamGate } from '../../../core/api/stream-gate.ts';
import { auditRecord } from '../../fakes/run-records.ts';
import { MACHINES } from '../../fakes/peer-handle.ts';
import { refusal, setUp } from './router-bed.ts';

describe('the audit log', () => {
  test('is listed with names, filtered by the machine that is named, and read on by its cursor', async () => {
    const { client, peer } = setUp();
    peer.audits.push(
      auditRecord({ recorderId: MACHINES.alpha, sequence: 2, by: MACHINES.beta, action: 'run-by-hand', suppressed: 3 }),
      auditRecord({ recorderId: MACHINES.alpha }),
    );
    const first = await client.audit.list({ machine: 'alpha', limit: 1, from: 0, to: '2027-01-01T00:00:00Z' });
    expect(first.records).toMatchObject([
      { recorderName: 'alpha', byId: MACHINES.beta, byName: 'beta', action: 'run-by-hand', suppressed: 3 },
    ]);
    const second = await client.audit.list({ limit: 1, cursor: first.nextCursor ?? '' });
    expect(second).toMatchObject({ records: [{ byId: null, byName: null, suppressed: 0 }], nextCursor: null });
    expect(Object.keys(second.records[0] ?? {})).not.toContain('signature');
  });

  test('is asked for what is in it alone', async () => {
    const { client } = setUp();
    expect(await refusal(client.audit.list({ machine: 'nobody' }))).toMatchObject({ status: 404 });
    const action = 'everything' as 'recovered';
    await expect(client.audit.list({ action })).rejects.toThrow();
    expect(await client.audit.list({ machine: MACHINES.gamma, text: '' })).toMatchObject({ records: [] });
  });
});

describe('faults', () => {
  test('of bounds are told in words for people', async () => {
    const { client } = setUp();
    const messageOf = async (asked: Promise<unknown>) => ((await refusal(asked)).error as { message: string }).message;
    expect(await messageOf(client.cluster.invite({ expiresMs: 1 }))).toBe('expiresMs: must be at least 10s');
    expect(await messageOf(client.audit.list({ limit: 1000 }))).toBe('limit: must be at most 500');
    expect(await messageOf(client.audit.list({ text: 'x'.repeat(1000) }))).toMatch(/^text: must have at most \d+ char/);
    expect(await messageOf(client.runs.list({ states: [] }))).toMatch(/^states: must have at least 1 entry$/);
  });

  test('of ours are logged, and told without their details', async () => {
    const { client, peer, host } = setUp();
    peer.runs.totals = () => Promise.reject(new Error('secret detail'));
    const { status, error } = await refusal(client.runs.totals({ since: 0 }));
    expect(status).toBe(500);
    expect(JSON.stringify(error)).not.toContain('secret detail');
    expect(host.logged).toHaveLength(1);
  });

  test('streams beyond the limit are refused, and a place is free again after one ends', async () => {
    const gate = new StreamGate(1);
    const endless = async function* () {
      for (;;) yield 1;
    };
    const first = gate.pass(endless());
    await first.next();
    await expect(gate.pass(endless()).next()).rejects.toMatchObject({ data: { code: 'BUSY' } });
    await first.return();
    expect(gate.open).toBe(0);
    expect((await gate.pass(endless()).next()).value).toBe(1);
  });

  test('doctor finds what is wrong', async () => {
    const { client, peer } = setUp();
    expect((await client.health.doctor({})).ok).toBe(true);
    const beta = peer.machinesById.get(MACHINES.beta);
    if (beta !== undefined) peer.machinesById.set(MACHINES.beta, { ...beta, state: 'dead', clockSkewMs: -4000 });
    const { ok, checks } = await client.health.doctor({});
    expect(ok).toBe(false);
    expect(checks.filter((check) => !check.ok).map((check) => check.name)).toEqual(['members', 'clocks']);
  });

  test('doctor says of a machine that was removed that it takes nothing, and what to do', async () => {
    const { client, peer } = setUp();
    const self = peer.machinesById.get(MACHINES.alpha);
    if (self === undefined) throw new Error('the fake peer has no machine of its own');
    peer.machinesById.set(MACHINES.alpha, { ...self, entry: { ...self.entry, removed: true } });
    const { ok, checks } = await client.health.doctor({});
    expect(ok).toBe(false);
    expect(checks.find(({ name }) => name === 'accepting')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('was removed from its cluster'),
      advice: expect.stringContaining('carillon invite'),
    });
    expect(checks.find(({ name }) => name === 'agent')).toMatchObject({ ok: false });
  });
});
