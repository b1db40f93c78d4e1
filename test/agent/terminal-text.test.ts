/** What others wrote does nothing to a terminal but show. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TerminalOutput, terminalJson, terminalText } from '../../agent/cli/terminal-text.ts';
import { useCliBed } from './cli-bed.ts';

const ESC = '\u001b';
const HARMFUL = [
  `${ESC}[2J`,
  `${ESC}]0;title\u0007`,
  `${ESC}[8m`,
  `${ESC}c`,
  '\u009b2J',
  '\u0007',
  '\r',
  '\u202e',
  '\u007f',
];

function through(...chunks: readonly (string | Uint8Array)[]): string {
  const output = new TerminalOutput();
  return chunks.map((chunk) => output.push(Buffer.from(chunk as string))).join('') + output.end();
}

describe('text', () => {
  test('passes with the colours of this program, lines and tabs, and nothing else that acts', () => {
    const painted = `${ESC}[31merror${ESC}[39m\tone\ntwo`;
    expect(terminalText(painted)).toBe(painted);
    for (const text of HARMFUL)
      expect(terminalText(`a${text}b`)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/u);
    expect(terminalText('Grüße 🔔 日本')).toBe('Grüße 🔔 日本');
  });

  test('as JSON says the same, with nothing in it that acts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...HARMFUL), (text, harm) => {
        const json = terminalJson(JSON.stringify({ text: text + harm }, undefined, 2));
        expect(JSON.parse(json)).toEqual({ text: text + harm });
        expect(json).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/u);
      }),
    );
  });
});

describe('output of a run', () => {
  test('passes with any colour and carriage returns, also when it is cut anywhere', () => {
    const output = Buffer.from(`50 %\r100 % ${ESC}[1;38;5;200mgrün${ESC}[0m\n日本`);
    for (let cut = 0; cut <= output.length; cut += 1) {
      expect(through(output.subarray(0, cut), output.subarray(cut))).toBe(output.toString());
    }
  });

  test('loses whatever moves, hides, titles or answers, wherever it is cut', () => {
    const bytes = Buffer.from(`a${ESC}[2J${ESC}[1;1Hb${ESC}]0;title\u0007c${ESC}[6nd\u009b2Je`);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const shown = through(bytes.subarray(0, cut), bytes.subarray(cut));
      expect(shown).not.toMatch(/[\u0007\u001b\u009b]/u);
      expect(shown.replaceAll('\ufffd', '')).toBe('ab]0;titlecd2Je');
    }
    expect(through(`x${ESC}`)).toBe('x\ufffd');
  });
});

describe('the command line', () => {
  const bed = useCliBed();

  test('shows names of others without what is hidden in them', async () => {
    const { id } = bed.newTask();
    const task = bed.console.peer.tasksById.get(id);
    if (task === undefined) throw new Error('the task is not there');
    bed.console.peer.tasksById.set(id, { ...task, about: { ...task.about, name: `evil${ESC}[2J\u202ename` } });
    for (const words of [
      ['task', 'list'],
      ['task', 'show', id],
      ['task', 'list', '--json'],
      ['task', 'show', id, '--json'],
    ]) {
      const { code, out } = await bed.carillon(words);
      expect(code).toBe(0);
      expect(out).toContain('evil');
      expect(out).not.toMatch(/[\u001b\u202e]/u);
    }
  });
});
