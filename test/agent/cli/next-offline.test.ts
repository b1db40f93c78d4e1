/** `carillon next` without an agent: single questions and the stream. */
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { lineWriter, type NextQuestion, nextFromFlags, runNextBatch } from '../../../agent/cli/next-offline.ts';

const NOW = Date.UTC(2026, 0, 1);

function occurrences(question: NextQuestion): readonly string[] {
  const answer = nextFromFlags(question, NOW);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value.occurrences;
}

async function batch(...chunks: (string | Uint8Array)[]): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  async function* input(): AsyncGenerator<string | Uint8Array> {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  }
  await runNextBatch(
    input(),
    (line) => {
      lines.push(line);
    },
    () => NOW,
  );
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a single question', () => {
  it('lists ten occurrences from now on in UTC when nothing else is said', () => {
    const listed = occurrences({ cron: '0 3 * * *' });
    expect(listed).toHaveLength(10);
    expect([listed[0], listed[9]]).toEqual(['2026-01-01T03:00:00+00:00', '2026-01-10T03:00:00+00:00']);
  });

  it('lists strictly after the start, in the time zone', () => {
    const question = { cron: '30 2 * * *', tz: 'europe/berlin', from: '2026-03-28T02:30:00+01:00', count: '3' };
    expect(occurrences(question)).toEqual([
      '2026-03-29T03:00:00+02:00',
      '2026-03-30T02:30:00+02:00',
      '2026-03-31T02:30:00+02:00',
    ]);
  });

  it.each([
    ['2026-06-01T12:00:00Z', '2026-06-01T12:01:00+00:00'],
    ['2026-06-01T12:00:00.5+02:00', '2026-06-01T10:01:00+00:00'],
    ['2026-06-01 12:00', '2026-06-01T12:01:00+00:00'],
    ['2026-06-01', '2026-06-01T00:01:00+00:00'],
    ['2026-06-01T12:00-0330', '2026-06-01T15:31:00+00:00'],
  ])('takes %s as the start', (from, first) => {
    expect(occurrences({ cron: '* * * * *', from, count: 1 })).toEqual([first]);
  });

  it('reads a start without offset as a local time of the zone', () => {
    const question = { cron: '* * * * *', tz: 'America/New_York', from: '2026-06-01T12:00', count: 1 };
    expect(occurrences(question)).toEqual(['2026-06-01T12:01:00-04:00']);
  });

  it('lists fewer when the calendar ends', () => {
    expect(occurrences({ cron: '0 0 1 1 *', from: '9997-06-01T00:00:00Z' })).toHaveLength(2);
  });

  it.each<readonly [string, NextQuestion, string, string]>([
    ['no expression', {}, 'INVALID_INPUT', 'cron'],
    ['an expression that is no text', { cron: 5 }, 'INVALID_INPUT', 'cron'],
    ['a wrong expression', { cron: '61 * * * *' }, 'INVALID_CRON', 'cron'],
    ['an impossible date', { cron: '0 0 30 2 *' }, 'IMPOSSIBLE_CRON', 'cron'],
    ['an unknown zone', { cron: '* * * * *', tz: 'Mars/Olympus' }, 'UNKNOWN_TIME_ZONE', 'tz'],
    ['a zone that is no text', { cron: '* * * * *', tz: 1 }, 'INVALID_INPUT', 'tz'],
    ['a start that is no date', { cron: '* * * * *', from: 'tomorrow' }, 'INVALID_INPUT', 'from'],
    ['a start on a day that does not exist', { cron: '* * * * *', from: '2026-02-30' }, 'INVALID_INPUT', 'from'],
    ['a start at 25 o’clock', { cron: '* * * * *', from: '2026-02-03T25:00' }, 'INVALID_INPUT', 'from'],
    ['no occurrences', { cron: '* * * * *', count: 0 }, 'INVALID_INPUT', 'count'],
    ['too many occurrences', { cron: '* * * * *', count: 1001 }, 'INVALID_INPUT', 'count'],
    ['half an occurrence', { cron: '* * * * *', count: '1.5' }, 'INVALID_INPUT', 'count'],
  ])('refuses %s and names the field', (_, question, code, field) => {
    expect(nextFromFlags(question, NOW)).toMatchObject({ ok: false, error: { code, field } });
  });
});

describe('the stream', () => {
  it('answers every line in order, whatever the cut of the chunks, and goes on after bad ones', async () => {
    const text = [
      '{"cron":"0 3 * * *","from":"2026-01-01T00:00:00Z","count":1}',
      'not json',
      '',
      '[1]',
      '{"cron":"61 * * * *"}',
      '{"cron":"* * * * *","zone":"UTC"}',
      '{"cron":"0 0 1 1 *","tz":"Asia/Kolkata","count":1}\r',
    ].join('\n');
    const bytes = new TextEncoder().encode(`${text}\n`);
    const cut = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) =>
      bytes.slice(index * 7, index * 7 + 7),
    );
    const answers = await batch(...cut);
    expect(answers).toMatchObject([
      { occurrences: ['2026-01-01T03:00:00+00:00'] },
      { error: { code: 'INVALID_INPUT' } },
      { error: { code: 'INVALID_INPUT' } },
      { error: { code: 'INVALID_INPUT' } },
      { error: { code: 'INVALID_CRON', field: 'cron', message: expect.stringContaining('minute') as string } },
      { error: { code: 'UNKNOWN_FIELD', field: 'zone' } },
      { occurrences: ['2027-01-01T00:00:00+05:30'] },
    ]);
    expect(answers).toHaveLength(7);
    expect(Object.keys(answers[4]?.['error'] ?? {}).sort()).toEqual(['advice', 'code', 'field', 'message']);
  });

  it('answers a last line without its end, and characters cut in two', async () => {
    const bytes = new TextEncoder().encode('{"cron":"é"}');
    const answers = await batch(bytes.slice(0, 10), bytes.slice(10));
    expect(answers).toMatchObject([{ error: { message: expect.stringContaining('1 field') as string } }]);
    expect(await batch('')).toEqual([]);
  });

  it('refuses an endless line without keeping it, and goes on after it', async () => {
    const answers = await batch(...Array<string>(100).fill('x'.repeat(10_000)), '\n{"cron":"* * * * *","count":1}\n');
    expect(answers).toMatchObject([
      { error: { code: 'LIMIT_EXCEEDED' } },
      { occurrences: ['2026-01-01T00:01:00+00:00'] },
    ]);
  });

  it('reads no further than its answers are taken', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<string> {
      for (;;) {
        asked += 1;
        yield await Promise.resolve('{"cron":"* * * * *"}\n');
      }
    }
    const full = new Error('the reader is gone');
    const taken: string[] = [];
    const run = runNextBatch(
      endless(),
      (line) => {
        taken.push(line);
        return taken.length < 5 ? Promise.resolve() : Promise.reject(full);
      },
      () => NOW,
    );
    await expect(run).rejects.toBe(full);
    expect([taken.length, asked]).toEqual([5, 5]);
  });

  it('waits while the output is full', async () => {
    const release: (() => void)[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => {
        release.push(done);
      },
    });
    let isWritten = false;
    const written = Promise.resolve(lineWriter(slow)('{}')).then(() => {
      isWritten = true;
    });
    await Promise.resolve();
    expect(isWritten).toBe(false);
    release[0]?.();
    await written;
    expect(isWritten).toBe(true);
  });
});
