import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../../core/adapters/logger.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-log-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('an event is one line in the file, and on stderr from info up', async () => {
  const lines: string[] = [];
  const file = join(folder, 'agent.log');
  const logger = createLogger({ file, format: 'text', writeStderr: (line) => void lines.push(line) });
  logger.log('debug', 'quiet');
  logger.log('warn', 'two\nlines', { path: '/a b', count: 3 });
  logger.close();
  expect(lines).toEqual([expect.stringMatching(/^\S+Z warn {2}two lines path="\/a b" count=3\n$/)]);
  expect((await readFile(file, 'utf8')).split('\n')).toEqual([
    expect.stringContaining('quiet'),
    expect.stringContaining('two lines'),
    '',
  ]);
});

test('stderr can be JSON for programs', () => {
  const lines: string[] = [];
  const logger = createLogger({
    file: join(folder, 'agent.log'),
    format: 'json',
    writeStderr: (line) => void lines.push(line),
  });
  logger.log('info', 'ready', { port: 1 });
  logger.log('info', 'x'.repeat(100_000));
  logger.close();
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', message: 'ready', port: 1 });
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({ truncated: true });
  expect(lines[1]?.length).toBeLessThan(10_000);
});

test('the file is turned over when it is full, and only a few are kept', async () => {
  const file = join(folder, 'agent.log');
  const logger = createLogger({ file, format: 'text', maxFileBytes: 1000, writeStderr: () => undefined });
  for (let number = 0; number < 200; number += 1) logger.log('info', `event ${number}`);
  logger.close();
  expect((await readdir(folder)).sort()).toEqual(['agent.log', 'agent.log.1', 'agent.log.2', 'agent.log.3']);
  expect((await readFile(file)).length).toBeLessThanOrEqual(1000);
  expect(await readFile(file, 'utf8')).toContain('event 199');
});

test('a log that cannot be written stops nobody', async () => {
  const lines: string[] = [];
  await writeFile(join(folder, 'file'), '');
  const logger = createLogger({
    file: join(folder, 'file', 'agent.log'),
    format: 'text',
    writeStderr: (line) => void lines.push(line),
  });
  logger.log('error', 'still told');
  logger.close();
  expect(lines).toHaveLength(1);
});

test('goes on in the file when the reader of stderr is gone', async () => {
  const file = join(folder, 'agent.log');
  const module = new URL('../../core/adapters/logger.ts', import.meta.url).href;
  const program = `
    const { createLogger } = await import(${JSON.stringify(module)});
    const logger = createLogger({ file: ${JSON.stringify(file)}, format: 'text' });
    process.on('uncaughtException', (fault) => { logger.log('error', String(fault)); process.exit(70); });
    process.once('message', () => {
      let count = 0;
      const more = () => {
        logger.log('info', 'unheard');
        count += 1;
        if (count < 20) setImmediate(more);
        else process.disconnect();
      };
      more();
    });
    process.send('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: 20_000,
  });
  const ended = once(child, 'exit');
  await once(child, 'message');
  const { stderr } = child;
  if (stderr === null) throw new Error('it was started with a pipe for stderr');
  const closed = once(stderr, 'close');
  stderr.destroy();
  await closed;
  child.send('go');
  expect(await ended).toEqual([0, null]);
  expect((await readFile(file, 'utf8')).match(/unheard/g)).toHaveLength(20);
});

test('nothing that is logged moves the cursor of a terminal or turns its text around', async () => {
  const file = join(folder, 'agent.log');
  const lines: string[] = [];
  const logger = createLogger({ file, format: 'text', writeStderr: (line) => void lines.push(line) });
  logger.log('warn', 'a\u001b[2Jb\u009bc', { reason: 'x\u202ey\u0085z\u001b]0;t\u0007', ['k']: '\ud800' });
  logger.close();
  expect(lines.join('')).toMatch(/^[\x20-\x7e]+\n$/);
  expect(await readFile(file, 'utf8')).toMatch(/^[\x20-\x7e]+\n$/);
});
