/** Every German word of the console. */
import type { Messages } from '../en/messages.ts';
import { auditLog } from './audit-log.ts';
import { backups } from './backups.ts';
import { calendars } from './calendars.ts';
import { channels } from './channels.ts';
import { crontab } from './crontab.ts';
import { editor } from './editor.ts';
import { firstRun } from './first-run.ts';
import { machines } from './machines.ts';
import { notifications } from './notifications.ts';
import { overview } from './overview.ts';
import { palette } from './palette.ts';
import { parameters } from './parameters.ts';
import { policy } from './policy.ts';
import { run } from './run.ts';
import { runs } from './runs.ts';
import { secrets } from './secrets.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { states } from './states.ts';
import { statistics } from './statistics.ts';
import { task } from './task.ts';
import { tasks } from './tasks.ts';
import { warnings } from './warnings.ts';

export const messages: Messages = {
  auditLog,
  backups,
  calendars,
  channels,
  crontab,
  editor,
  firstRun,
  machines,
  notifications,
  overview,
  palette,
  parameters,
  policy,
  run,
  runs,
  secrets,
  settings,
  shell,
  states,
  statistics,
  task,
  tasks,
  warnings,
};

export { germanOf as said } from './core-words.ts';
