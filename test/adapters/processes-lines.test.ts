/** The protocol lines of the execution protocol, wherever the stream happens to be cut. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAgentMessage, isLauncherMessage, isRunEnding } from '../../core/adapters/processes/process-shapes.ts';
import { MessageReader, encodeMessage, type AgentMessage } from '../../core/adapters/processes/launcher-protocol.ts';
import { ProtocolLines, type ProtocolReport } from '../../core/adapters/processes/protocol-lines.ts';
import { LIMITS } from '../../core/config/constants.ts';

function filter(chunks: readonly (string | Buffer)[]): { plain: string; reports: ProtocolReport[] } {
  const reports: ProtocolReport[] = [];
  const lines = new ProtocolLines((report) => reports.push(report));
  const parts = chunks.flatMap((chunk) => lines.push(Buffer.from(chunk)));
  return { plain: Buffer.concat([...parts, ...lines.end()]).toString(), reports };
}

describe('protocol lines', () => {
  test.each([
    ['::carillon::{"progress":0.5}\n', [{ progress: 0.5, result: undefined }]],
    ['::carillon::{"progress":1,"result":{"a":[1]}}\r\n', [{ progress: 1, result: '{"a":[1]}' }]],
    ['::carillon:: {"result": null}', [{ progress: undefined, result: 'null' }]],
  ])('%j is a report', (line, reports) => {
    expect(filter([line])).toEqual({ plain: '', reports });
  });

  test.each([
    ['::carillon::'],
    ['::carillon'],
    ['::carillon::nonsense\n'],
    ['::carillon::[1]\n'],
    ['::carillon::{"other":1}\n'],
    ['::carillon::{"progress":1.5}\n'],
    ['::carillon::{"progress":"0.5"}\n'],
    [' ::carillon::{"progress":0.5}\n'],
    ['text ::carillon::{"progress":0.5}\n'],
    [`::carillon::{"result":"${'x'.repeat(LIMITS.resultBytes)}"}\n`],
    [`::carillon::{"result":"${'x'.repeat(LIMITS.resultBytes * 3)}`],
  ])('%.60j is plain output', (line) => {
    expect(filter([line])).toEqual({ plain: line, reports: [] });
  });

  test('a result of the greatest length is one', () => {
    const result = `"${'x'.repeat(LIMITS.resultBytes - 2)}"`;
    expect(filter([`::carillon::{"result":${result}}\n`]).reports).toEqual([{ progress: undefined, result }]);
  });

  test('what cannot become a report is passed on at once', () => {
    const lines = new ProtocolLines(() => undefined);
    expect(Buffer.concat(lines.push(Buffer.from('name? '))).toString()).toBe('name? ');
    expect(Buffer.concat(lines.push(Buffer.from('a\n::car'))).toString()).toBe('a\n');
    expect(Buffer.concat(lines.push(Buffer.from('go\n'))).toString()).toBe('::cargo\n');
  });

  test('the cuts of the stream make no difference', () => {
    const piece = fc.constantFrom(
      'a',
      '\n',
      '::',
      '::carillon::',
      '{"progress":0.25}',
      '\n::carillon::{"result":7}\n',
      'ü',
      '::carillon::x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.array(fc.nat(200), { maxLength: 20 }), (pieces, cuts) => {
        const whole = Buffer.from(pieces.join(''));
        const borders = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const chunks = borders.slice(1).map((end, index) => whole.subarray(borders[index], end));
        expect(filter(chunks)).toEqual(filter([whole]));
      }),
      { numRuns: 500 },
    );
  });

  test('plain lines and reports together are the stream, line by line', () => {
    const line = fc.constantFrom(
      'plain',
      '',
      '::carillon::{"progress":0.25}',
      '::carillon::{"progress":2}',
      '::carillon',
      'x::carillon::{}',
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const isReport = (text: string): boolean => text.includes('0.25');
        const { plain, reports } = filter([lines.map((text) => `${text}\n`).join('')]);
        expect(plain).toBe(
          lines
            .filter((text) => !isReport(text))
            .map((text) => `${text}\n`)
            .join(''),
        );
        expect(reports).toHaveLength(lines.filter(isReport).length);
      }),
    );
  });
});

describe('messages between agent and launcher', () => {
  test('are found whole, wherever the stream is cut', () => {
    const message: AgentMessage = { type: 'hello', version: 1, environment: { A: 'ü\n"' } };
    const bytes = Buffer.from(encodeMessage(message) + encodeMessage({ type: 'retire' }));
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const reader = new MessageReader(1000, isAgentMessage);
      expect([...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))]).toEqual([
        message,
        { type: 'retire' },
      ]);
    }
  });

  test('that are too long, or no objects with a type, are refused', () => {
    const reader = (): MessageReader<AgentMessage> => new MessageReader(10, isAgentMessage);
    expect(() => reader().push(Buffer.alloc(11, 'x'))).toThrow('longer than 10');
    for (const line of ['x\n', '1\n', 'null\n', '{}\n']) expect(() => reader().push(Buffer.from(line))).toThrow();
  });

  test('of a form that nobody acts on safely are refused, and end no process', () => {
    const event = { type: 'ended', runId: 'a'.repeat(20), outcome: null };
    for (const message of [
      { type: 'launch' },
      { type: 'launch', spec: { runId: '../../etc' } },
      { type: 'hello', version: 1, environment: null },
      { type: 'terminate', runId: 'a'.repeat(20), graceMs: 'soon' },
    ]) {
      expect(isAgentMessage(message)).toBe(false);
    }
    for (const message of [{ type: 'event', event }, { type: 'event' }, { type: 'hello', version: 1, runs: [null] }]) {
      expect(isLauncherMessage(message)).toBe(false);
    }
  });
});

describe('the end of a run in its folder', () => {
  const outcome = {
    startedAt: 1,
    finishedAt: 2,
    timedOut: false,
    cancelled: false,
    outputBytes: 0,
    outputDroppedBytes: 0,
  };

  test.each([
    ['nothing', null],
    ['an outcome that is missing', { type: 'ended' }],
    ['an instant with a fraction', { type: 'ended', outcome: { ...outcome, startedAt: 1.5 } }],
    ['an instant after all dates', { type: 'ended', outcome: { ...outcome, finishedAt: 9e15 } }],
    ['a result beyond its limit', { type: 'ended', outcome: { ...outcome, result: 'x'.repeat(20_000) } }],
    ['a code that is none', { type: 'not-started', code: '', text: 'x' }],
  ])('that says %s is no end', (_what, ending) => {
    expect(isRunEnding({ type: 'ended', outcome })).toBe(true);
    expect(isRunEnding(ending)).toBe(false);
  });
});
