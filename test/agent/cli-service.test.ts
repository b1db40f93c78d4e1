/** `carillon service …`, as far as it changes nothing on this machine. */
import { expect, test } from 'vitest';
import { useCliBed } from './cli-bed.ts';

const bed = useCliBed();

test.runIf(process.platform === 'linux')(
  'carillon service install --print shows the unit and the commands',
  async () => {
    const ended = await bed.carillon(['service', 'install', '--print']);
    expect(ended).toMatchObject({ code: 0, error: '' });
    expect(ended.out).toContain(`start --data ${bed.console.folder}\n`);
    expect(ended.out).toContain(
      '# systemctl --user enable carillon.service\n# systemctl --user restart carillon.service',
    );
    const shown = await bed.json('service', 'install', '--print');
    expect(shown).toMatchObject({ installed: false, file: expect.stringMatching(/systemd\/user\/carillon\.service$/) });
  },
);

test('carillon service takes no other words', async () => {
  expect((await bed.carillon(['service', 'restart'])).code).toBe(2);
  expect((await bed.carillon(['service', 'install', 'now'])).code).toBe(2);
});
