/** What every log takes: whatever it is given, it never stops whoever logs, and an event is one line at most. */
import { describe, expect, it } from 'vitest';
import type { Logger, LogLevel } from '../../core/ports/logger.ts';

export interface LoggerBed {
  readonly logger: Logger;
  /** What it wrote, for people or programs; lines without their ends. Undefined when it keeps nothing. */
  lines(): readonly string[] | undefined;
  dispose(): void | Promise<void>;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export function describeLogger(name: string, open: () => LoggerBed | Promise<LoggerBed>): void {
  describe(`${name} as a log`, () => {
    const logged = async (write: (logger: Logger) => void): Promise<readonly string[] | undefined> => {
      const bed = await open();
      try {
        expect(() => write(bed.logger)).not.toThrow();
        return bed.lines();
      } finally {
        await bed.dispose();
      }
    };

    it('takes every level, with fields and without, in order', async () => {
      const lines = await logged((logger) => {
        for (const level of LEVELS) logger.log(level, `said at ${level}`);
        for (const level of LEVELS) logger.log(level, `again at ${level}`, { count: 3 });
      });
      if (lines === undefined) return;
      expect(lines).toHaveLength(8);
      const order = [...LEVELS.map((level) => `said at ${level}`), ...LEVELS.map((level) => `again at ${level}`)];
      for (const [index, text] of order.entries()) expect(lines[index]).toContain(text);
    });

    it('makes one line of an event, whatever line ends and control characters are in it', async () => {
      const lines = await logged((logger) => {
        logger.log('info', 'first\nsecond\r\nthird\u2028fourth\u001b[31mred', { text: 'a\nb\rc\u001b[2J' });
      });
      if (lines === undefined) return;
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/first.*second.*third.*fourth/);
      const unprintable = [...(lines[0] ?? '')].filter((character) => character < ' ');
      expect(unprintable).toEqual([]);
    });

    it('takes fields of which no text can be made', async () => {
      const circle: Record<string, unknown> = {};
      circle['self'] = circle;
      const hostile = {
        toJSON: (): never => {
          throw new Error('not me');
        },
      };
      const fields = { circle, big: 12n, hostile, symbol: Symbol('s'), call: () => undefined, nothing: undefined };
      const lines = await logged((logger) => {
        for (const [key, value] of Object.entries(fields))
          logger.log('warn', `odd ${key}`, { [key]: value, kept: 'yes' });
      });
      if (lines === undefined) return;
      expect(lines).toHaveLength(6);
      for (const line of lines) expect(line).toMatch(/odd .*yes/);
    });

    it('tells what an error says', async () => {
      const lines = await logged((logger) =>
        logger.log('error', 'it failed', { error: new TypeError('no such thing') }),
      );
      if (lines !== undefined) expect(lines[0]).toContain('no such thing');
    });

    it('cuts what is too long', async () => {
      const lines = await logged((logger) =>
        logger.log('info', 'x'.repeat(1_000_000), { more: 'y'.repeat(1_000_000) }),
      );
      if (lines === undefined) return;
      expect(lines).toHaveLength(1);
      expect(lines[0]?.length).toBeLessThan(20_000);
    });
  });
}
