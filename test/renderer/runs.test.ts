import { describe, expect, it } from 'vitest';
import { RunOutputState, TAIL_BYTES } from '../../renderer/src/state/run-output.svelte.ts';
import { elapsedMs, stepsOf } from '../../renderer/src/state/run-steps.ts';
import { Language } from '../../renderer/src/i18n/language.svelte.ts';
import { warningsOf } from '../../renderer/src/state/cluster-warnings.ts';
import { FakeScheduler, NOW, liveAccess, runRecord } from './fake-host.ts';

const at = (offsetMs: number): string => new Date(NOW + offsetMs).toISOString();
const { t } = new Language(new Map() as never, { lang: 'en' });
const alone = { previous: undefined, machineName: (id: string) => (id === 'm2' ? 'desk' : 'nas') };
const never = { claimedAt: null, startedAt: null, finishedAt: null };

describe('the steps of a run', () => {
  it('lead from the nominal instant to the end, with what each took and why', () => {
    const run = runRecord('a', {
      nominalAt: at(0),
      dueAt: at(2000),
      claimedAt: at(2010),
      startedAt: at(2050),
      finishedAt: at(5050),
      state: 'failed',
      reason: { code: 'EXIT', text: 'exit code 7' },
    });
    const steps = stepsOf(run, alone, t);
    expect(steps.map((step) => [step.label, step.afterMs, ...step.notes])).toEqual([
      ['Nominal', undefined, 'by its schedule'],
      ['Due', 2000, 'put off by jitter'],
      ['Claimed', 10, 'by nas', 'fencing token 1'],
      ['Started', 40],
      ['Failed', 3000, 'exit code 7'],
    ]);
    expect(steps.some((step) => step.current)).toBe(false);
  });

  it('say from whom an attempt was taken over, and why', () => {
    const lost = runRecord('a', {
      state: 'lost',
      machineName: 'desk',
      reason: { code: 'LOST', text: 'silent for 3.2 s' },
    });
    const next = runRecord('b', { attempt: 2, dueAt: at(60_000), claimedAt: at(62_000) });
    const steps = stepsOf(next, { ...alone, previous: lost }, t);
    expect(steps[1]?.notes).toEqual(['took over from desk: silent for 3.2 s']);
    expect(steps[2]?.notes).toEqual(['by nas', 'waited 2.0 s for its turn', 'fencing token 1']);
    const failed = { ...lost, state: 'failed' as const, reason: { code: 'EXIT', text: 'exit code 7' } };
    expect(stepsOf(next, { ...alone, previous: failed }, t)[1]?.notes).toEqual([
      'again, because attempt 1 ended so: Failed. exit code 7',
    ]);
  });

  it('say who asked for it, and where it was to run', () => {
    const cause = { kind: 'manual' as const, triggerId: 'x', by: 'm2', on: 'm1' };
    expect(stepsOf(runRecord('a', { cause }), alone, t)[0]?.notes).toEqual([
      'by hand, asked for on desk',
      'on nas and nowhere else',
    ]);
  });

  it('leave out what a skipped run never did, and mark where one is that runs or waits', () => {
    const skipped = stepsOf(runRecord('a', { state: 'skipped', ...never }), alone, t);
    expect(skipped.map((step) => step.label)).toEqual(['Nominal', 'Due', 'Skipped']);
    const running = stepsOf(runRecord('b', { state: 'running', finishedAt: null }), alone, t);
    expect(running.find((step) => step.current)?.label).toBe('Started');
    const reason = { code: 'NO_QUORUM', text: '2 machines cannot be reached' };
    const withheld = stepsOf(runRecord('c', { state: 'withheld', reason, ...never }), alone, t);
    expect(withheld.find((step) => step.current)).toMatchObject({ label: 'Withheld', notes: [reason.text] });
    expect(withheld.map((step) => step.label)).toEqual([
      'Nominal',
      'Due',
      'Withheld',
      'Claimed',
      'Started',
      'Finished',
    ]);
  });

  it('count elapsed time while it runs, and stop at its end', () => {
    expect(elapsedMs(runRecord('a', { state: 'running', finishedAt: null }), NOW + 7000)).toBe(7000);
    expect(elapsedMs(runRecord('a', { finishedAt: at(3000) }), NOW + 7000)).toBe(3000);
    expect(elapsedMs(runRecord('a', { startedAt: null, finishedAt: null }), NOW)).toBeUndefined();
  });
});

describe('the output of a run', () => {
  it('begins near the end of a large one, and ends when it is complete', async () => {
    const followed: unknown[] = [];
    const size = TAIL_BYTES + 1000;
    const access = liveAccess({
      runs: {
        output: async () => ({ data: 'x', offset: 0, nextOffset: 1, size, complete: false }),
        follow: async function* (input: unknown) {
          followed.push(input);
          yield { data: 'one\ntw', errors: [], nextOffset: size - 2, size, complete: false };
          yield { data: 'o\n', errors: [], nextOffset: size, size, complete: true };
        },
      },
    });
    const scheduler = new FakeScheduler();
    const output = new RunOutputState('r', access, scheduler);
    await output.follow();
    await scheduler.advance(200);
    expect(followed).toEqual([{ run: 'r', offset: 1000 }]);
    expect(output.lines.map((line) => line.spans[0]?.text)).toEqual(['one', 'two']);
    expect([output.complete, output.startBytes]).toEqual([true, 1000]);
    await output.follow();
    expect(followed).toHaveLength(1);
  });

  it('is fetched anew for one of its streams, and what is on its way for the other no longer counts', async () => {
    const followed: unknown[] = [];
    const held = Promise.withResolvers<undefined>();
    const access = liveAccess({
      runs: {
        output: async () => ({ data: 'o', offset: 0, nextOffset: 1, size: 8, complete: false }),
        follow: async function* (input: { stream?: string }) {
          followed.push(input);
          if (input.stream === 'stderr') {
            yield { data: 'bad\n', errors: [[0, 4]], nextOffset: 8, size: 8, complete: true };
            return;
          }
          yield { data: 'out\nbad\n', errors: [[4, 8]], nextOffset: 8, size: 8, complete: false };
          await held.promise;
          yield { data: 'more\n', errors: [], nextOffset: 13, size: 13, complete: true };
        },
      },
    });
    const scheduler = new FakeScheduler();
    const output = new RunOutputState('r', access, scheduler);
    const both = output.follow();
    await scheduler.advance(200);
    const marks = () => output.lines.map(({ number, spans }) => [number, spans[0]?.text, spans[0]?.error ?? false]);
    expect(marks()).toEqual([
      [1, 'out', false],
      [2, 'bad', true],
    ]);
    await output.show('stderr');
    held.resolve(undefined);
    await both;
    await scheduler.advance(200);
    expect(marks()).toEqual([[1, 'bad', true]]);
    expect([output.stream, output.complete, output.sizeBytes]).toEqual(['stderr', true, 8]);
    expect(followed).toEqual([
      { run: 'r', offset: 0 },
      { run: 'r', offset: 0, stream: 'stderr' },
    ]);
  });
});

describe('warnings', () => {
  it('say which clock is wrong and what to do, from one second on', () => {
    const machine = { id: 'm', name: 'nas', facts: { version: '1' }, load: null, clockSkewMs: -1500 };
    const status = { warnings: [], members: [machine, { ...machine, id: 'n', name: 'pi', clockSkewMs: 900 }] };
    const warnings = warningsOf(status as never, t);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.text).toBe('The clock of nas is 1.5 s behind.');
    expect(warnings[0]?.advice).toContain('NTP');
  });
});
