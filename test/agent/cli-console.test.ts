/** `carillon console`, as people use it. */
import { expect, test } from 'vitest';
import { useCliBed } from './cli-bed.ts';

const bed = useCliBed();

test('a link is made, a browser logs in with it, is listed, and is logged out', async () => {
  const { out } = await bed.carillon(['console', 'link']);
  const link = new URL(out.trim());
  expect(link.port).toBe(String(bed.console.console.port));
  expect((await bed.carillon(['console', 'sessions'])).out).toContain('No browser is logged in');
  const body = JSON.stringify({ code: link.hash.replace('#code=', '') });
  const login = await fetch(new URL('/login', link), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(login.status).toBe(200);
  const { sessions } = (await bed.json('console', 'sessions')) as { sessions: { id: string }[] };
  expect(sessions).toHaveLength(1);
  const id = sessions[0]?.id ?? '';
  expect((await bed.carillon(['console', 'sessions'])).out).toContain(id);
  expect((await bed.carillon(['console', 'end', id])).out).toBe('1 browser was logged out.\n');
  expect(await bed.carillon(['console', 'end', id])).toMatchObject({
    code: 3,
    error: expect.stringContaining('SESSION_NOT_FOUND'),
  });
  expect(await bed.carillon(['console', 'end'])).toMatchObject({ code: 2 });
  expect((await bed.carillon(['console', 'end', '--all'])).out).toBe('0 browsers were logged out.\n');
});

test('with a new token the command line goes on', async () => {
  const before = bed.console.console.token;
  expect((await bed.carillon(['console', 'renew-token'])).code).toBe(0);
  expect(bed.console.console.token).not.toBe(before);
  expect((await bed.carillon(['console', 'sessions'])).code).toBe(0);
});
