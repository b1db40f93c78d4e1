/** Tasks to begin with, as task files: each is useful once the names in it are those of one's own machines. */
import type { TaskDefinition } from '../../../core/domain/task.ts';
import type { TemplateName } from './task-template-names.ts';
import { definitionOfYaml } from './task-yaml.ts';

const TEMPLATES: Readonly<Record<TemplateName | 'empty', string>> = {
  empty: `name: unnamed
schedule: { cron: "30 2 * * *" }
command: [""]
`,
  backup: `name: Nightly backup
description: Copies a folder to another disk; what has not changed is not copied again.
tags: [backup]
schedule: { cron: "30 2 * * *" }
jitter: 5m
shell: |
  source="$HOME/Documents/"
  target="/srv/backup/documents/"
  test -d "$target" || { echo "$target is not there: is the disk mounted?" >&2; exit 1; }
  rsync --archive --delete --stats "$source" "$target"
interpreter: [/bin/sh, -eu]
policy:
  catchUp: { mode: latest, window: 20h }
  retry: { attempts: 3, initial: 5m }
  timeout: 4h
`,
  restic: `name: Backup with restic
description: An encrypted snapshot, and old ones let go. Set the secret "restic-password" first.
tags: [backup]
schedule: { cron: "0 3 * * *" }
shell: |
  restic backup --quiet "$HOME"
  restic forget --prune --keep-daily 7 --keep-weekly 5 --keep-monthly 12
interpreter: [/bin/sh, -eu]
environment:
  RESTIC_REPOSITORY: /srv/backup/restic
  RESTIC_PASSWORD: { secret: restic-password }
policy:
  catchUp: { mode: latest, window: 20h }
  retry: { attempts: 2, initial: 10m }
  timeout: 6h
`,
  disk: `name: Disk space
description: Fails on every machine that has a file system more than 90 % full.
tags: [health]
schedule: { every: 30m }
shell: |
  limit=90
  df -P -x tmpfs -x devtmpfs | awk -v limit="$limit" '
    NR > 1 { used = $5 + 0; print used "% " $6; if (used > limit) full = 1 }
    END { exit full }'
placement:
  on: all
  os: linux
policy:
  timeout: 1m
`,
  certificates: `name: Renew certificates
description: Lets certbot renew what is about to expire.
tags: [web]
schedule: { cron: "15 4 * * 1" }
jitter: 30m
command: [certbot, renew, --quiet]
policy:
  guarantee: at-most-once
  catchUp: { mode: latest, window: 72h }
  retry: { attempts: 3, initial: 10m, max: 1h }
  timeout: 15m
`,
  website: `name: Website check
description: Fails when the page does not answer, or not as it should.
tags: [health, web]
schedule: { every: 5m }
http:
  url: https://example.org/
  expect: { status: [200], bodyContains: Example }
policy:
  retry: { attempts: 2, initial: 20s }
  timeout: 30s
`,
  database: `name: Database dump
description: Dumps a PostgreSQL database and keeps the last fourteen. Set the secret "db-password" first.
tags: [backup, database]
schedule: { cron: "0 1 * * *" }
shell: |
  folder=/var/backups/postgresql
  mkdir -p "$folder"
  pg_dump --host localhost --username app --format custom --file "$folder/app-$(date +%F).dump" app
  ls -t "$folder"/app-*.dump | tail -n +15 | xargs -r rm --
interpreter: [/bin/sh, -eu]
environment:
  PGPASSWORD: { secret: db-password }
policy:
  guarantee: at-most-once
  catchUp: latest
  timeout: 2h
`,
  clean: `name: Clean temporary files
description: Removes what nobody has touched for a week.
tags: [maintenance]
schedule: { cron: "0 5 * * 0" }
shell: |
  find "$HOME/.cache" "$HOME/tmp" -xdev -type f -atime +7 -print -delete 2>/dev/null | wc -l
placement:
  on: all
policy:
  timeout: 30m
`,
};

/** A definition to begin with. @param timeZone its IANA zone. */
export function templateOf(name: TemplateName | 'empty', timeZone: string): TaskDefinition {
  const read = definitionOfYaml(TEMPLATES[name], [], timeZone, (key) => key);
  if (!read.ok) throw new Error(`the template "${name}" cannot be read: ${read.errors[0]?.text ?? ''}`);
  const { definition } = read;
  return name === 'empty' ? { ...definition, about: { ...definition.about, name: '' } } : definition;
}
