/** The entry of the command line on a Node that is too old, with and without a newer one beside it. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const ENTRY = new URL('../../agent/bin/carillon.mjs', import.meta.url).pathname;
/** Makes the Node that runs it say that it is an old one; the one it starts again is as it is. */
const OLD = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.9.0'})`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-entry-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function run(entry: string, ...words: string[]): Promise<{ code: unknown; out: string; error: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, CARILLON_STARTED_AGAIN: '' };
    execFile(process.execPath, ['--import', OLD, entry, ...words], { env, timeout: 15_000 }, (fault, out, error) => {
      resolve({ code: fault === null ? 0 : fault.code, out, error });
    });
  });
}

it('refuses with NODE_TOO_OLD and says how to start it', async () => {
  await mkdir(join(folder, 'agent/bin'), { recursive: true });
  const entry = join(folder, 'agent/bin/carillon.mjs');
  await cp(ENTRY, entry);
  const plain = await run(entry, '--version');
  expect(plain.code).toBe(3);
  expect(plain.error).toMatch(
    /^error NODE_TOO_OLD: Carillon needs Node 24 or newer; this is Node 20\.9\.0\.\n.*npm start/,
  );
  const json = await run(entry, 'runs', '--json');
  expect(json.code).toBe(3);
  expect(JSON.parse(json.out)).toMatchObject({ error: { code: 'NODE_TOO_OLD' } });
});

it('starts itself again under the Node that npm installed', async () => {
  expect(await run(ENTRY, '--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});
