/** The catalogue of refusals: complete, free of dead entries, and each one shown by some test. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { spawnRefusal } from '../../../core/adapters/processes/launch-refusal.ts';
import { translateFault } from '../../../core/api/implementer.ts';
import { appError, errorKind } from '../../../core/std/app-error.ts';
import { ERROR_CATALOGUE, ERROR_CODES, type ErrorCode } from '../../../core/std/error-codes.ts';
import { createFakeApiHost } from '../../fakes/api-host.ts';

const ROOT = join(import.meta.dirname, '../../..');

function textOf(folders: readonly string[], except: string): string {
  const parts: string[] = [];
  for (const folder of folders) {
    for (const entry of readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(ts|mjs)$/.test(entry.name) || entry.name === except) continue;
      parts.push(readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    }
  }
  return parts.join('\n');
}

describe('every code of the catalogue', () => {
  it('is produced by the program', () => {
    const source = textOf(['core', 'agent'], 'error-codes.ts');
    expect(ERROR_CODES.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });

  it('is shown by a test', () => {
    const tests = textOf(['test'], 'error-codes.test.ts') + SHOWN_HERE.join(' ');
    expect(ERROR_CODES.filter((code) => !tests.includes(code))).toEqual([]);
  });

  it('tells what to do, in a whole sentence', () => {
    for (const code of ERROR_CODES) expect(ERROR_CATALOGUE[code].advice, code).toMatch(/^[A-Z`].*\.$/);
  });
});

const SHOWN_HERE: readonly ErrorCode[] = ['SPAWN_FAILED', 'INTERNAL'];

describe('refusals that arise nowhere else in the tests', () => {
  it('SPAWN_FAILED: the system refuses to start a program for a reason of its own', () => {
    const target = { program: '/bin/x', folder: '/', path: undefined, missing: 'COMMAND_NOT_FOUND' } as const;
    const refusal = spawnRefusal(Object.assign(new Error('spawn EAGAIN'), { code: 'EAGAIN' }), target);
    expect(refusal).toEqual({ code: 'SPAWN_FAILED', text: '/bin/x could not be started: spawn EAGAIN' });
  });

  it('INTERNAL: a fault of ours is told without its details, and logged with them', () => {
    const host = createFakeApiHost();
    const told = translateFault(new Error('secret detail'), ['tasks', 'list'], host);
    expect(JSON.stringify({ ...told, message: told.message })).toContain('INTERNAL');
    expect(JSON.stringify({ ...told, message: told.message })).not.toContain('secret detail');
    expect(host.logged).toEqual(['a request failed by a fault of ours']);
  });
});

it('an error takes its advice from the catalogue unless a better one is known', () => {
  expect(appError('BUSY', 'too much').advice).toBe(ERROR_CATALOGUE.BUSY.advice);
  expect(appError('BUSY', 'too much', { advice: 'Wait.' }).advice).toBe('Wait.');
  expect(errorKind('NO_CLUSTER')).toBe('refused');
});
