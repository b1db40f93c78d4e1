/**
 * Which of its two forms a crontab has: users' crontabs have no user column, `/etc/crontab` and `/etc/cron.d/*` do. The
 * file name tells it for certain; else a heading, or names in the sixth column that are users and not programs.
 */
import { readCrontabLine, takeWords, type CrontabFormat } from './crontab-line.ts';

/** Users of Unix systems that are no programs too. */
const SYSTEM_USERS = new Set([
  'root',
  'www-data',
  'nobody',
  'daemon',
  'backup',
  'postgres',
  'mysql',
  'nginx',
  'apache',
  'smmsp',
  'logcheck',
  'munin',
  'list',
  'news',
  'uucp',
  'ubuntu',
  'debian',
  'pi',
]);
const USER_NAME = /^[a-z_][a-z0-9_.-]*\$?$/i;

/** The form of a crontab, from its name and lines. In doubt it is a user's. */
export function detectCrontabFormat(lines: readonly string[], fileName: string): CrontabFormat {
  if (/(?:^|[/\\])etc[/\\](?:crontab$|cron\.d[/\\])/.test(fileName)) return 'system';
  if (/(?:^|[/\\])spool[/\\]cron/.test(fileName)) return 'user';
  if (lines.some((line) => /^#.*\bdow\s+user\b/i.test(line))) return 'system';
  const columns = lines.flatMap(userColumn);
  const areUsers = columns.length > 0 && columns.every((word) => USER_NAME.test(word));
  return areUsers && columns.some((word) => SYSTEM_USERS.has(word)) ? 'system' : 'user';
}

/** The word that would be the user if the line were of the system form; '' for a job line that cannot be of it. */
function userColumn(line: string): string[] {
  if (readCrontabLine(line, 'user').kind !== 'job') return [];
  const text = line.trim().replace(/^-/, '');
  return [takeWords(text, text.startsWith('@') ? 2 : 6)?.words.at(-1) ?? ''];
}
