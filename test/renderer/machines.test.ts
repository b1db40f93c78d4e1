/** The place of machines without a browser: labels as text, the chain of trust, the ring as arcs and rows, and pairing. */
import { describe, expect, it } from 'vitest';
import type { MachineOutput } from '../../core/api/machine-schemas.ts';
import type { DepartureOutput, RingOutput } from '../../core/api/ring-schemas.ts';
import { Language } from '../../renderer/src/i18n/language.svelte.ts';
import { labelText, parseLabels } from '../../renderer/src/state/label-text.ts';
import { chainOf } from '../../renderer/src/state/machine-chain.ts';
import { MachineLastRuns } from '../../renderer/src/state/machine-last-runs.svelte.ts';
import { Notices } from '../../renderer/src/state/notices.svelte.ts';
import { OwnPairingState } from '../../renderer/src/state/own-pairing.svelte.ts';
import { PairingState } from '../../renderer/src/state/pairing.svelte.ts';
import { arcPath, ringArcs } from '../../renderer/src/state/ring-drawing.ts';
import { matchingRows, moveRows, ownerRows } from '../../renderer/src/state/ring-rows.ts';
import { type RingShare, RingState } from '../../renderer/src/state/ring.svelte.ts';
import { FakeScheduler, NOW, liveAccess, refusal, runRecord, settle } from './fake-host.ts';

const { t } = new Language(new Map() as never, { lang: 'en' });
const noSignals = () => () => undefined;

describe('labels as text', () => {
  it('come back as they were, with spaces and equals signs in values', () => {
    const labels = { room: 'attic', note: 'a = b c', empty: '' };
    expect(parseLabels(labelText(labels))).toEqual({ ok: true, labels });
  });

  it('name the first line that is no label', () => {
    for (const line of ['Upper=case', 'no sign', '=value', '-x=1', `${'a'.repeat(64)}=1`]) {
      expect(parseLabels(`good=1\n${line}\nalso bad`)).toEqual({ ok: false, line });
    }
    expect(parseLabels(' \n\n  a = 1  \n')).toEqual({ ok: true, labels: { a: '1' } });
  });
});

describe('the chain of trust', () => {
  const machine = (id: string, addedBy: string, name = id): MachineOutput =>
    ({
      id,
      name,
      addedBy,
      addedByName: addedBy,
      addedAt: new Date(NOW).toISOString(),
      certified: id === addedBy,
    }) as never;

  it('leads to the machine that founded the cluster', () => {
    const chain = chainOf('c', [machine('a', 'a'), machine('b', 'a'), machine('c', 'b')]);
    expect(chain.map(({ id, founder, certified }) => [id, founder, certified])).toEqual([
      ['c', false, false],
      ['b', false, false],
      ['a', true, true],
    ]);
  });

  it('ends where a machine is gone, and where two say that they let each other in', () => {
    expect(chainOf('c', [machine('c', 'gone')])).toMatchObject([{ id: 'c', broken: true }]);
    expect(chainOf('a', [machine('a', 'b'), machine('b', 'a')]).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(chainOf('nobody', [])).toEqual([]);
  });
});

describe('the ring, drawn', () => {
  const share = (id: string, tasks: number, bound: number, after?: number): RingShare => ({
    ...{ id, name: id, weight: 1, tasks, bound, after },
  });

  it('goes once around, with parts by what machines may own', () => {
    const arcs = ringArcs([share('a', 5, 10), share('b', 20, 20), share('c', 0, 10)]);
    const lengths = arcs.map(({ from, until }) => until - from);
    expect(lengths[1]).toBeCloseTo((lengths[0] ?? 0) * 2);
    expect(arcs.map(({ filledUntil, until }) => filledUntil <= until)).toEqual([true, true, true]);
    expect(arcs[0]?.from).toBeGreaterThanOrEqual(0);
    expect(arcs[2]?.until).toBeLessThanOrEqual(360);
    for (const [index, arc] of arcs.slice(1).entries()) expect(arc.from).toBeGreaterThan(arcs[index]?.until ?? 0);
  });

  it('stays a ring with one machine, with a thousand, and with more tasks than the bound', () => {
    const [alone] = ringArcs([share('a', 0, 0)]);
    expect([alone?.from, alone?.until]).toEqual([0, 360]);
    expect(arcPath(100, 0, 360)).toMatch(/^M 0\.00 -100\.00 A 100 100 0 1 1 -/);
    const many = ringArcs(Array.from({ length: 1000 }, (_, index) => share(String(index), 1, 1)));
    expect(many.every(({ from, until }) => until > from)).toBe(true);
    expect(many.at(-1)?.until).toBeLessThanOrEqual(360);
    const [over] = ringArcs([share('a', 5, 2, 9), share('b', 1, 2)]);
    expect(over?.afterUntil).toBeCloseTo(over?.until ?? 0);
  });

  it('holds the tasks by name, those that would run nowhere first, and finds them by any machine', () => {
    const departure = {
      moves: [
        { taskId: 't10', taskName: 'Job 10', fromId: 'a', fromName: 'nas', toId: 'b', toName: 'attic' },
        { taskId: 't9', taskName: 'Job 9', fromId: 'a', fromName: 'nas', toId: 'c', toName: 'cellar' },
      ],
      stranded: [{ taskId: 'z', taskName: 'Zip', reason: 'nobody has room=attic' }],
    } as unknown as DepartureOutput;
    const rows = moveRows(departure, 'nas');
    expect(rows.map(({ taskId }) => taskId)).toEqual(['z', 't9', 't10']);
    expect(rows[0]).toMatchObject({ ownerName: 'nas', stranded: 'nobody has room=attic' });
    expect(matchingRows(rows, ' CELL ').map(({ taskId }) => taskId)).toEqual(['t9']);
    expect(matchingRows(rows, '')).toBe(rows);
    const ring = { owners: [{ taskId: 'a', taskName: 'A', machineId: 'm' }] } as unknown as RingOutput;
    expect(ownerRows(ring, () => 'nas')).toEqual([{ taskId: 'a', taskName: 'A', ownerName: 'nas' }]);
  });
});

describe('what if a machine goes', () => {
  const ring = { machines: [{ id: 'a', name: 'a', weight: 1, tasks: 2, bound: 3 }], owners: [] };

  it('is asked of the machine that is chosen last, whatever answer comes first', async () => {
    const answers = new Map<string, (value: unknown) => void>();
    const departure = ({ machine }: { machine: string }) =>
      new Promise((resolve) => answers.set(machine, (sharesAfter) => resolve({ moves: [], sharesAfter })));
    const access = liveAccess({ machines: { ring: async () => ring, departure } });
    const state = new RingState({ access, scheduler: new FakeScheduler(), onSignal: noSignals });
    state.start();
    await settle();
    expect(state.shares[0]?.after).toBeUndefined();
    void state.choose('first');
    void state.choose('second');
    answers.get('second')?.([{ machineId: 'a', tasks: 7 }]);
    await settle();
    answers.get('first')?.([{ machineId: 'a', tasks: 1 }]);
    await settle();
    expect(state.shares[0]?.after).toBe(7);
    await state.choose(undefined);
    expect(state.departure).toBeUndefined();
    state.stop();
  });

  it('says why it cannot be told', async () => {
    const departure = () => Promise.reject(refusal('MACHINE_NOT_FOUND', 'there is no machine "x"'));
    const access = liveAccess({ machines: { ring: async () => ring, departure } });
    const state = new RingState({ access, scheduler: new FakeScheduler(), onSignal: noSignals });
    await state.choose('x');
    expect(state.refusal?.code).toBe('MACHINE_NOT_FOUND');
    await state.choose(undefined);
    expect(state.refusal).toBeUndefined();
  });
});

describe('last runs of machines', () => {
  it('are asked for once each, four at a time, and kept by what is told', async () => {
    const asked: string[] = [];
    const list = async ({ machine }: { machine: string }) => {
      asked.push(machine);
      return { runs: machine === 'm1' ? [runRecord('old', { dueAt: new Date(NOW - 1000).toISOString() })] : [] };
    };
    let tell: (signal: never) => void = () => undefined;
    const onSignal = (listener: (signal: never) => void) => {
      tell = listener;
      return () => undefined;
    };
    const runs = new MachineLastRuns({ access: liveAccess({ runs: { list } }), onSignal: onSignal });
    runs.start();
    runs.want(['m1', 'm2', 'm3', 'm4', 'm5', 'm6']);
    expect(asked).toHaveLength(4);
    await settle();
    expect(asked).toHaveLength(6);
    runs.want(['m1', 'm6']);
    expect(asked).toHaveLength(6);
    expect([runs.of('m1')?.id, runs.of('m2')]).toEqual(['old', null]);
    tell({ kind: 'run', runs: [runRecord('new'), runRecord('older', { dueAt: '2020-01-01T00:00:00.000Z' })] } as never);
    expect(runs.of('m1')?.id).toBe('new');
  });
});

describe('pairing', () => {
  it('keeps only invitations that are open and have not expired', async () => {
    const invitation = (id: string, state: string, offsetMs: number) => ({
      ...{ id, state, roles: ['viewer'], expiresAt: new Date(NOW + offsetMs).toISOString() },
    });
    const invitations = [invitation('a', 'open', 1000), invitation('b', 'used', 1000), invitation('c', 'open', -1)];
    const api = {
      pairing: { list: async () => ({ asked: [], own: null, addresses: [] }) },
      cluster: { invitations: async () => ({ invitations }) },
    };
    const scheduler = new FakeScheduler();
    const notices = new Notices(scheduler);
    const pairing = new PairingState({ access: liveAccess(api), scheduler, notices, onSignal: noSignals }, t);
    pairing.start();
    await settle();
    expect(pairing.invitations.map(({ id }) => id)).toEqual(['a']);
    pairing.stop();
  });

  it('tells why asking was refused, and forgets it with the next that is not', async () => {
    let fails = true;
    const own = { asked: 'b', state: 'waiting', digits: '123456', confirmed: false, failure: null };
    const api = {
      pairing: {
        ask: async () => {
          if (fails) throw refusal('MACHINE_NOT_FOUND', 'nobody is there');
          return own;
        },
        list: async () => ({ asked: [], own: fails ? null : own, addresses: [] }),
        nearby: async () => ({ machines: [] }),
      },
    };
    const page = { access: liveAccess(api), scheduler: new FakeScheduler(), onSignal: noSignals };
    const pairing = new OwnPairingState(page);
    await pairing.ask('x');
    expect([pairing.refusal?.message, pairing.own]).toEqual(['Nobody is there.', undefined]);
    fails = false;
    await pairing.ask('b');
    expect([pairing.refusal, pairing.own?.digits, pairing.busy]).toEqual([undefined, '123456', false]);
  });
});
