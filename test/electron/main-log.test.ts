/** The log of the main process: bounded, told by every console, with the last words of a process that ended. */
import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LOG_FILE, faultText, lastWords, logConsole, openMainLog } from '../../electron/decisions/main-log.ts';

const MIB = 1024 * 1024;

describe('the log of the main process', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-main-log-'));
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });
  const text = (): string => readFileSync(join(folder, LOG_FILE), 'utf8');

  it('holds what is said by a console, with errors as they arose', () => {
    const log = openMainLog(folder);
    const console = { info: () => undefined, warn: () => undefined, error: () => undefined } as Console;
    logConsole(console, log);
    console.info('Checking for update');
    console.warn('updates:', 'no answer');
    console.error('the page cannot be shown:', new Error('no such file'));
    log.close();
    const lines = text().trim().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/Z info {2}Checking for update$/),
      expect.stringMatching(/Z warn {2}updates: no answer$/),
      expect.stringMatching(/Z error the page cannot be shown: Error: no such file .*main-log\.test\.ts/),
    ]);
  });

  it('is at most four files of a MiB, for its user alone', () => {
    const log = openMainLog(folder);
    const long = 'x'.repeat(8000);
    for (let bytes = 0; bytes < 6 * MIB; bytes += long.length) log.log('info', long);
    log.close();
    const names = readdirSync(folder).sort();
    expect(names).toEqual([LOG_FILE, `${LOG_FILE}.1`, `${LOG_FILE}.2`, `${LOG_FILE}.3`]);
    for (const name of names) {
      const { size, mode } = statSync(join(folder, name));
      expect(size).toBeLessThanOrEqual(MIB);
      if (process.platform !== 'win32') expect(mode & 0o077).toBe(0);
    }
  });

  it('goes on where an earlier one ended', () => {
    for (const start of ['first', 'second']) {
      const log = openMainLog(folder);
      log.log('info', start);
      log.close();
    }
    expect(text()).toMatch(/first\n.*second\n$/);
  });
});

describe('a fault in words', () => {
  it('tells by which places it came, and has words for what is no error', () => {
    expect(faultText(new TypeError('odd'))).toMatch(/^TypeError: odd\n +at .*main-log\.test/);
    expect(faultText('just a text')).toBe('just a text');
    expect(faultText(undefined)).toBe('undefined');
  });
});

describe('the last words of a process', () => {
  it('are the end of what it said, and are passed on meanwhile', () => {
    const voice = new EventEmitter();
    const passed: string[] = [];
    const said = lastWords(voice, (chunk) => void passed.push(chunk.toString()));
    expect(said()).toBe('');
    voice.emit('data', Buffer.from('a'.repeat(5000)));
    voice.emit('data', Buffer.from('the end'));
    expect(said()).toHaveLength(4096);
    expect(said()).toMatch(/^a+the end$/);
    expect(passed.map(({ length }) => length)).toEqual([5000, 7]);
  });

  it('are nothing where it cannot be heard', () => {
    expect(lastWords(null, () => expect.fail('nobody speaks'))()).toBe('');
  });
});
