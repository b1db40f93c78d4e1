/** `carillon secret …`: values come in by standard input alone, and no command shows one. */
import { describe, expect, test } from 'vitest';
import { useCliBed } from './cli-bed.ts';

const bed = useCliBed();
const VALUE = 'hunter2 & three';

async function set(name: string, ...more: string[]): Promise<void> {
  const ended = await bed.carillon(['secret', 'set', name, ...more], { input: `${VALUE}\n` });
  expect(ended).toMatchObject({ code: 0, error: '' });
  expect(ended.out).not.toContain(VALUE);
}

function lastCommand(): unknown {
  return bed.console.peer.commands.at(-1);
}

describe('carillon secret', () => {
  test('set takes what is piped in, without the line break at its end', async () => {
    await set('piped');
    expect(lastCommand()).toEqual({ kind: 'set-secret', name: 'piped', value: VALUE });
    await set('exact', '--exact');
    expect(lastCommand()).toEqual({ kind: 'set-secret', name: 'exact', value: `${VALUE}\n` });
  });

  test('set and scope say which tasks may use it, and which machines can open it', async () => {
    await set('scoped', '--task', 'backup', 'report', '--label', 'room=office');
    expect(lastCommand()).toMatchObject({ scope: { tasks: ['backup', 'report'], labels: { room: 'office' } } });
    const ended = await bed.carillon(['secret', 'scope', 'scoped', '--everywhere']);
    expect(ended.out).toContain('everywhere');
    expect(lastCommand()).toEqual({ kind: 'scope-secret', name: 'scoped', scope: {} });
    const neither = await bed.carillon(['secret', 'scope', 'scoped']);
    expect(neither).toMatchObject({ code: 2, error: expect.stringContaining('--everywhere') });
  });

  test('list shows everything but the value, and delete takes the secret away', async () => {
    await set('listed');
    const shown = await bed.carillon(['secret', 'list']);
    expect(shown.out).toMatch(/listed +1 +everywhere +alpha .* alpha, beta/);
    const listed = JSON.stringify(await bed.json('secret', 'list'));
    expect(listed).toContain('"listed"');
    expect(listed).not.toContain(VALUE);
    expect((await bed.carillon(['secret', 'delete', 'listed'])).code).toBe(0);
    expect(await bed.carillon(['secret', 'delete', 'listed'])).toMatchObject({
      code: 3,
      error: expect.stringContaining('SECRET_NOT_FOUND'),
    });
  });

  test('a name that is none, an empty value and one too long are refused', async () => {
    expect(await bed.carillon(['secret', 'set', '9lives'], { input: 'x' })).toMatchObject({ code: 2 });
    expect(await bed.carillon(['secret', 'set', 'empty'], { input: '\n' })).toMatchObject({ code: 2 });
    const long = await bed.carillon(['secret', 'set', 'long'], { input: 'x'.repeat(70_000) });
    expect(long).toMatchObject({ code: 2, error: expect.stringContaining('LIMIT_EXCEEDED') });
  });

  test('a value is no argument', async () => {
    expect((await bed.carillon(['secret', 'set', 'name', 'value'], { input: 'x' })).code).toBe(2);
  });
});
