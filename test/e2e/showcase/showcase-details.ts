/** What the tasks that are shown in pictures have beside name, schedule and program, by their ids. */
import type { z } from 'zod';
import type { definitionInput } from '../../../core/api/task-schemas.ts';
import { MACHINES } from '../../fakes/peer-handle.ts';

type Definition = z.input<typeof definitionInput>;

const DUMP_SCRIPT = `set -eu
stamp=$(date +%Y-%m-%d-%H%M)
pg_dumpall --clean | zstd -12 > "$TARGET/all-$stamp.sql.zst"
ls -t "$TARGET"/all-*.sql.zst | tail -n +"$((KEEP + 1))" | xargs -r rm --
echo "{\\"file\\":\\"all-$stamp.sql.zst\\"}" > "$CARILLON_RESULT"`;

/** With variables, a secret and parameters. */
export const DUMP: Definition['action'] = {
  type: 'shell',
  script: DUMP_SCRIPT,
  interpreter: ['/bin/sh'],
  environment: { PGHOST: 'db.lan', TARGET: '/srv/dumps', KEEP: '28', PGPASSWORD: { secret: 'database-password' } },
  parameters: [
    {
      name: 'scope',
      type: 'choice',
      choices: ['all', 'shop', 'mail'],
      default: 'all',
      description: 'Which databases',
    },
    { name: 'label', type: 'text', description: 'Added to the name of the file' },
    { name: 'keep', type: 'boolean', default: 'true', description: 'Leave older dumps alone' },
  ],
};

export const DESCRIPTIONS: Readonly<Record<string, string>> = {
  'nightly-backup': 'Everything under /srv into the vault, before the mirror and the scan need the disks.',
  'database-dump': 'All databases, compressed; the last four weeks are kept.',
  'health-check': 'Asks the shop whether it and its database are well.',
  'import-orders': 'Takes new orders from the mailbox into the shop.',
};

export const PLACEMENTS: Readonly<Record<string, Definition['placement']>> = {
  'nightly-backup': { labels: { disk: 'large' } },
  'database-dump': { labels: { disk: 'large' } },
  'rotate-logs': { mode: 'all' },
  'trim-disks': { mode: 'all' },
  'time-check': { mode: 'n', count: 2 },
  thumbnails: { operatingSystems: ['linux'], minFreeMemoryBytes: 1024 ** 3 },
  firmware: { mode: 'pin', machine: MACHINES.beta },
};

export const POLICIES: Readonly<Record<string, Definition['policy']>> = {
  'orders-report': { guarantee: 'at-most-once' },
  'nightly-backup': { timeoutMs: 3_600_000, catchUp: { mode: 'latest' }, priority: 10 },
  thumbnails: { timeoutMs: 600_000 },
};

export const CALENDARS: Readonly<Record<string, Pick<NonNullable<Definition['schedule']>, 'calendars'>>> = {
  'orders-report': { calendars: { only: [], except: ['holidays'] } },
  snapshots: { calendars: { only: ['office-hours'], except: ['holidays'] } },
};
