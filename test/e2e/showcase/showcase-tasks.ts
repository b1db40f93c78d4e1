/**
 * The tasks of the cluster that is shown in pictures: what a small office with a server in the cellar would have. Every
 * kind of schedule, action, placement and rule stands among them, so that each screen has something to say.
 */
import type { z } from 'zod';
import type { definitionInput } from '../../../core/api/task-schemas.ts';
import { CALENDARS, DESCRIPTIONS, DUMP, PLACEMENTS, POLICIES } from './showcase-details.ts';

type Definition = z.input<typeof definitionInput>;

/** How the past of a task went; all times in milliseconds. */
export interface Past {
  readonly usualMs: number;
  /** How much longer it takes now than five weeks ago, as a share. */
  readonly growth?: number;
  /** Of a hundred runs, how many fail. */
  readonly failing?: number;
}

export interface ShownTask {
  readonly definition: Definition;
  readonly past: Past;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TELLS = { rules: [{ channel: 'on-duty', on: ['failure', 'recovery'] as const }] };

/** In the order in which they were made. */
export const SHOWN_TASKS: readonly ShownTask[] = [
  shown('nightly-backup', 'Nightly backup', ['backup'], ['30 2 * * *'], script('restic backup /srv --tag nightly'), {
    usualMs: 11 * MINUTE_MS,
    growth: 0.4,
    failing: 4,
  }),
  shown(
    'photo-index',
    'Index new photos',
    ['media'],
    30 * MINUTE_MS,
    argv('/opt/photos/index', '--new', '/srv/photos'),
    {
      usualMs: 95_000,
      growth: 0.3,
    },
  ),
  shown('certificates', 'Renew certificates', ['web'], ['15 4 * * 1'], argv('/usr/bin/certbot', 'renew', '--quiet'), {
    usualMs: 6000,
    failing: 40,
  }),
  shown('health-check', 'Health check of the shop', ['web'], 15 * MINUTE_MS, asked('https://shop.example.org/health'), {
    usualMs: 420,
    failing: 1,
  }),
  shown('database-dump', 'Database dump', ['backup', 'database'], ['0 */6 * * *'], DUMP, {
    usualMs: 52_000,
    growth: 0.5,
    failing: 3,
  }),
  shown('mirror-packages', 'Mirror packages', ['build'], ['5 1 * * *'], argv('/usr/bin/apt-mirror'), {
    usualMs: 8 * MINUTE_MS,
  }),
  shown('thumbnails', 'Thumbnails for the gallery', ['media'], HOUR_MS, argv('/opt/photos/thumbnails'), {
    usualMs: 170_000,
    failing: 3,
  }),
  shown('rotate-logs', 'Rotate the logs', [], ['0 0 * * *'], argv('/usr/sbin/logrotate', '/etc/logrotate.conf'), {
    usualMs: 2400,
  }),
  shown(
    'snapshots',
    'Snapshot of the home folders',
    ['backup'],
    ['0 8-18/2 * * 1-5'],
    script('btrfs subvolume snapshot -r /home "/snap/$(date +%s)"'),
    {
      usualMs: 1300,
    },
  ),
  shown('orders-report', 'Report of the orders', ['shop'], ['0 7 * * 1-5'], argv('/opt/shop/report', '--mail'), {
    usualMs: 24_000,
    failing: 2,
  }),
  shown(
    'import-orders',
    'Import orders',
    ['shop'],
    ['*/20 7-19 * * 1-6'],
    argv('/opt/shop/import', '--since', 'last'),
    {
      usualMs: 7800,
      failing: 2,
    },
  ),
  shown(
    'virus-scan',
    'Scan the shares for viruses',
    ['security'],
    ['30 22 * * 6'],
    argv('/usr/bin/clamscan', '-r', '/srv'),
    {
      usualMs: 74 * MINUTE_MS,
    },
  ),
  shown('trim-disks', 'Trim the disks', [], ['0 5 * * 0'], argv('/sbin/fstrim', '-av'), { usualMs: 18_000 }),
  shown('nightly-tests', 'Tests of the night', ['build'], ['0 3 * * 2-6'], script('cd /srv/shop && make test'), {
    usualMs: 19 * MINUTE_MS,
    growth: 0.2,
    failing: 12,
  }),
  shown('time-check', 'Compare the clocks', [], ['0 */4 * * *'], argv('/usr/bin/chronyc', 'tracking'), {
    usualMs: 300,
  }),
  shown(
    'sync-offsite',
    'Copy backups off site',
    ['backup'],
    { after: 'nightly-backup' },
    argv('/usr/bin/rclone', 'sync', '/srv/backup', 'vault:'),
    {
      usualMs: 6 * MINUTE_MS,
    },
  ),
  shown(
    'verify-dump',
    'Restore the dump as a test',
    ['database'],
    { after: 'database-dump' },
    script('/opt/db/verify "$DUMP"'),
    {
      usualMs: 88_000,
      failing: 1,
    },
  ),
  shown('firmware', 'Update firmware', ['by hand'], [], argv('/usr/bin/fwupdmgr', 'update', '-y'), {
    usualMs: 4 * MINUTE_MS,
  }),
];

function shown(
  id: string,
  name: string,
  tags: string[],
  when: string[] | number | { after: string },
  action: Definition['action'],
  past: Past,
): ShownTask {
  const definition: Definition = {
    id: id,
    about: { name, tags, description: DESCRIPTIONS[id] ?? '', suspended: id === 'mirror-packages' },
    schedule: { triggers: triggersOf(when), timeZone: 'Europe/Berlin', ...CALENDARS[id] },
    action,
    placement: PLACEMENTS[id] ?? {},
    policy: { retry: { maxAttempts: 2 }, ...POLICIES[id] },
    ...(tags.includes('backup') || tags.includes('web') ? { notify: TELLS as unknown as Definition['notify'] } : {}),
  };
  return { definition, past };
}

function triggersOf(when: string[] | number | { after: string }): NonNullable<Definition['schedule']>['triggers'] {
  if (typeof when === 'number') return [{ kind: 'interval', everyMs: when }];
  if ('after' in when) return [{ kind: 'after', task: when.after, outcome: 'success' }];
  return when.map((expression) => ({ kind: 'cron', expression }));
}

function argv(...words: string[]): Definition['action'] {
  return { type: 'command', argv: words };
}

function script(text: string): Definition['action'] {
  return { type: 'shell', script: text, interpreter: ['/bin/sh'] };
}

function asked(url: string): Definition['action'] {
  return { type: 'http', url, expect: { status: [200], bodyContains: '"ok":true' } };
}
