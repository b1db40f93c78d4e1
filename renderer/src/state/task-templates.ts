/**
 * Tasks to begin with, as task files: each is useful once the names in it are those of one's own machines. What people
 * read of them, name and description, is in the language of the page.
 */
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { slugOf } from '../../../core/formats/slug.ts';
import type { Translate } from '../i18n/language.svelte.ts';
import type { TemplateName } from './task-template-names.ts';
import { definitionOfYaml } from './task-yaml.ts';

const TEMPLATES: Readonly<Record<TemplateName | 'empty', string>> = {
  empty: `name: unnamed
schedule: { cron: "30 2 * * *" }
command: [""]
`,
  backup: `name: backup
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
  restic: `name: restic
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
  disk: `name: disk
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
  certificates: `name: certificates
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
  website: `name: website
tags: [health, web]
schedule: { every: 5m }
http:
  url: https://example.org/
  expect: { status: [200], bodyContains: Example }
policy:
  retry: { attempts: 2, initial: 20s }
  timeout: 30s
`,
  database: `name: database
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
  clean: `name: clean
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

/** A definition to begin with. @param timeZone its IANA zone. @param t the words of its name and description. */
export function templateOf(name: TemplateName | 'empty', timeZone: string, t: Translate): TaskDefinition {
  const read = definitionOfYaml(TEMPLATES[name], [], timeZone, t);
  if (!read.ok) throw new Error(`the template "${name}" cannot be read: ${read.errors[0]?.text ?? ''}`);
  const { definition } = read;
  if (name === 'empty') return { ...definition, about: { ...definition.about, name: '' } };
  const called = t(`editor.templateName_${name}`);
  const about = { ...definition.about, name: called, description: t(`editor.templateText_${name}`) };
  return { ...definition, id: slugOf(called), about };
}
