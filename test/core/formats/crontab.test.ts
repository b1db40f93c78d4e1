/** Crontabs: real ones come over as they ran, line by line, and what cannot come over says why. */
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../core/config/constants.ts';
import { parseCrontab, type CrontabImport, type CrontabOptions } from '../../../core/formats/crontab.ts';
import { compileSchedule, nextOccurrence } from '../../../core/scheduling/occurrence.ts';
import { describeCrontabImport } from '../../../core/formats/crontab-report.ts';

const read = (text: string, options: Partial<CrontabOptions> = {}): CrontabImport =>
  parseCrontab(text, { fileName: 'crontab', format: 'user', defaultTimeZone: 'Europe/Berlin', ...options });

/** The only job of a crontab that must have one and no problems. */
function readJob(text: string, options: Partial<CrontabOptions> = {}) {
  const result = read(text, options);
  expect(result.problems).toEqual([]);
  expect(result.jobs).toHaveLength(1);
  const job = result.jobs[0];
  if (job === undefined || job.definition.action.type !== 'shell') throw new Error('a shell job was expected');
  return { ...job, action: job.definition.action, schedule: job.definition.schedule };
}

const expressionOf = (text: string): unknown => readJob(text).schedule.triggers[0];

describe('a job line', () => {
  test('becomes a shell task that behaves as under cron', () => {
    const { line, definition, notes } = readJob('\n# Nightly backup\n30 2 * * *\t/opt/backup.sh  --full  # all\n');
    expect(line).toBe(3);
    expect(notes).toEqual([]);
    expect(definition).toMatchObject({
      id: 'nightly-backup',
      about: { name: 'Nightly backup', tags: ['crontab'] },
      schedule: { triggers: [{ kind: 'cron', expression: '30 2 * * *' }], timeZone: 'Europe/Berlin', jitterMs: 0 },
      action: {
        type: 'shell',
        script: '/opt/backup.sh  --full  # all',
        interpreter: ['/bin/sh'],
        environment: {},
        stdin: '',
      },
      placement: { mode: 'one' },
      policy: { overlap: 'allow', catchUp: { mode: 'skip' }, retry: { maxAttempts: 1 } },
    });
    expect(definition.about.description).toBe(
      'Imported from crontab, line 3:\n30 2 * * *\t/opt/backup.sh  --full  # all',
    );
  });

  test.each([
    '*/5 * * * *',
    '0-59/15 8-17 * * 1-5',
    '0,30 4 1,15 * *',
    '0 0 1 JAN-mar,Dec *',
    '0 0 * * mon,WED,7',
    '0 22 * * 0-7',
    '@yearly',
    '@annually',
    '@monthly',
    '@weekly',
    '@daily',
    '@midnight',
    '@hourly',
    '@Daily',
  ])('keeps the time %s', (expression) => {
    expect(expressionOf(`${expression} x`)).toEqual({ kind: 'cron', expression });
  });

  test.each([
    ['* * * * * echo 50\\%', 'echo 50%', ''],
    ['* * * * * mail -s hi%one%two \\% 2', 'mail -s hi', 'one\ntwo % 2\n'],
    ['* * * * * cat%', 'cat', '\n'],
    ['* * * * * cat%a%', 'cat', 'a\n'],
    ['* * * * * date +\\%F && cat%\\%', 'date +%F && cat', '%\n'],
    ['* * * * * a \\b', 'a \\b', ''],
  ])('%s: percent signs split the command from its input', (text, script, stdin) => {
    expect(readJob(text).action).toMatchObject({ script, stdin });
  });

  test('leading blanks, tabs between fields and Windows line ends do not matter', () => {
    expect(readJob('  \t5\t4 * *\t* \t run me  \r\n').action.script).toBe('run me');
    expect(read('* * * * * a\r\n* * * * * b\r* * * * * c').jobs.map((job) => job.line)).toEqual([1, 2, 3]);
    expect(readJob('\uFEFF* * * * * a').action.script).toBe('a');
  });
});

describe('six fields', () => {
  test.each([
    ['*/10 * * * * * date', '*/10 * * * * *', 'date'],
    ['* * * * * * /bin/true', '* * * * * *', '/bin/true'],
    ['0 30 2 * * MON-FRI backup', '0 30 2 * * MON-FRI', 'backup'],
    ['0 0 12 ? * 5#3 x', '0 0 12 ? * 5#3', 'x'],
    ['15 * * * * 1,3-5 x y', '15 * * * * 1,3-5', 'x y'],
  ])('%s has seconds', (text, expression, script) => {
    const job = readJob(text);
    expect(job.schedule.triggers[0]).toEqual({ kind: 'cron', expression });
    expect(job.action.script).toBe(script);
    expect(job.notes).toEqual(['Six time fields: the first was read as seconds, which cron itself does not know.']);
  });

  test.each([
    '* * * * * /bin/5',
    '0 0 * * * monitor now',
    '0 0 * * * 7z a x',
    '0 0 * * * *.sh x',
    '0 0 * * * [ -x y ]',
    '0 0 * * * w',
  ])('%s has none: its sixth word is a command', (text) => {
    expect(expressionOf(text)).toEqual({ kind: 'cron', expression: text.split(' ').slice(0, 5).join(' ') });
  });

  test('the system form has no seconds', () => {
    expect(read('* * * * * root * x', { format: 'system' }).jobs[0]?.definition.action).toMatchObject({
      script: '* x',
    });
  });
});

describe('variables', () => {
  test('hold for the lines below them, until they are set again', () => {
    const { jobs } = read('* * * * * a\nLEVEL=1\n* * * * * b\nLEVEL = "2 3" \n* * * * * c');
    expect(jobs.map((job) => job.definition.action)).toMatchObject([
      { environment: {} },
      { environment: { LEVEL: '1' } },
      { environment: { LEVEL: '2 3' } },
    ]);
  });

  test.each([
    ['A=b', 'b'],
    ['A =  b c ', 'b c'],
    ["A='b # c'", 'b # c'],
    ['"A"="b\'c"', "b'c"],
    ['A=', ''],
    ['A=""', ''],
    ['A=b=c', 'b=c'],
    ['A="b', '"b'],
    ['A=$HOME/x', '$HOME/x'],
  ])('%s', (line, value) => {
    expect(readJob(`${line}\n* * * * * x`).action.environment).toEqual({ A: value });
  });

  test('SHELL is the interpreter, HOME the working directory, and both stay variables', () => {
    const { action } = readJob('SHELL=/bin/bash\nHOME=/srv\n* * * * * x');
    expect(action).toMatchObject({
      interpreter: ['/bin/bash'],
      workingDirectory: '/srv',
      environment: { SHELL: '/bin/bash', HOME: '/srv' },
    });
  });

  test('CRON_TZ is the time zone; TZ is for the command alone, and says so', () => {
    expect(readJob('CRON_TZ=America/New_York\n@daily x')).toMatchObject({
      schedule: { timeZone: 'America/New_York' },
      action: { environment: {} },
    });
    const job = readJob('TZ=Asia/Tokyo\n@daily x');
    expect(job).toMatchObject({
      schedule: { timeZone: 'Europe/Berlin' },
      action: { environment: { TZ: 'Asia/Tokyo' } },
    });
    expect(job.notes).toEqual([expect.stringContaining('CRON_TZ would')]);
  });

  test('MAILTO is noted, but not when it is empty; neither reaches the command', () => {
    expect(readJob('MAILTO=ops@example.org\n@daily x')).toMatchObject({
      action: { environment: {} },
      notes: [expect.stringContaining('ops@example.org')],
    });
    expect(readJob('MAILTO=""\n@daily x').notes).toEqual([]);
  });

  test('RANDOM_DELAY becomes jitter', () => {
    expect(readJob('RANDOM_DELAY=45\n@daily x').schedule.jitterMs).toBe(45 * 60_000);
    expect(readJob('RANDOM_DELAY=soon\n@daily x').schedule.jitterMs).toBe(0);
  });

  test('values that look as if they were expanded are noted', () => {
    expect(readJob('PATH=$HOME/bin:/bin\n@daily x').notes).toEqual([expect.stringContaining('PATH')]);
  });
});

describe('names', () => {
  test.each([
    ['/usr/local/bin/backup.sh --full', 'backup'],
    ['cd /srv && ./run.py', 'run'],
    ['cd / && run-parts --report /etc/cron.hourly', 'run-parts'],
    ['test -x /usr/sbin/anacron || ( cd / && run-parts /etc/cron.daily )', 'run-parts'],
    [
      '[ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then /usr/lib/php/sessionclean; fi',
      'sessionclean',
    ],
    ['LANG=C FOO="a b" nice -n 19 ionice -c 3 /opt/x/report.pl', 'report'],
    ['flock -n /tmp/lock /opt/sync', 'sync'],
    ['timeout 60 curl -s https://x.example', 'curl'],
    ['/usr/bin/env python3 -u /opt/tool.py', 'tool'],
    ['php /var/www/artisan schedule:run >> /dev/null 2>&1', 'artisan'],
    ['sh -c "echo x"', 'sh'],
    ['sudo -u www-data php cron.php', 'cron'],
    ['bash', 'bash'],
    ['>/dev/null', 'null'],
    ['&&', 'job'],
  ])('%s → %s', (command, id) => {
    expect(readJob(`* * * * * ${command}`).definition.id).toBe(id);
  });

  test('come from the comment above, and are made unique', () => {
    const { jobs } = read('# Backup of the mail\n@daily a\n# Backup of the mail.\n@daily b\n@daily c\n@daily /x/c.sh');
    expect(jobs.map((job) => job.definition.id)).toEqual(['backup-of-the-mail', 'backup-of-the-mail-2', 'c', 'c-2']);
  });

  test.each([
    ['a disabled job', '#0 5 * * 1 tar -zcf /x'],
    ['a disabled variable', '# MAILTO=root'],
    ['a blank line between', '# Something else\n'],
    ['the heading of the columns', '# m h  dom mon dow   command'],
    ['a long text', '# one\n# two\n# three\n# four'],
    ['a ruler', '# ------------'],
    ['a sentence that is too long', `# ${'word '.repeat(20)}`],
  ])('%s is no name', (_title, comment) => {
    expect(readJob(`${comment}\n@daily /x/work`).definition.id).toBe('work');
  });
});

describe('the system form', () => {
  test('has a user, which is noted', () => {
    const job = readJob('17 * * * * root cd / && run-parts --report /etc/cron.hourly', { format: 'system' });
    expect(job.action.script).toBe('cd / && run-parts --report /etc/cron.hourly');
    expect(job.notes).toEqual(['Ran as root; here it runs as the user of the agent.']);
    expect(readJob('@daily www-data x', { format: 'system' }).notes).toHaveLength(1);
  });

  test.each([
    ['/etc/crontab', '* * * * * anyone x', 'system'],
    ['/etc/cron.d/php', '* * * * * anyone x', 'system'],
    ['copy/etc/cron.d/php', '* * * * * anyone x', 'system'],
    ['/var/spool/cron/crontabs/root', '* * * * * root x', 'user'],
    ['x', '# m h dom mon dow user command\n1 1 1 1 1 anyone x', 'system'],
    ['x', '17 * * * * root cd /\n@daily www-data x', 'system'],
    ['x', '17 * * * * root cd /\n@daily /usr/bin/x y', 'user'],
    ['x', '* * * * * echo hello', 'user'],
    ['x', '', 'user'],
  ] as const)('%s with %j is a %s crontab', (fileName, text, format) => {
    expect(read(text, { fileName, format: 'auto' }).format).toBe(format);
  });
});

describe.each([
  ['@reboot', '@reboot /opt/start.sh', 'user'],
  ['@REBOOT with a user', '@REBOOT root /opt/start.sh', 'system'],
] as const)('%s', (_name, line, format) => {
  test('becomes a task that runs when a machine starts, and says on which', () => {
    const { definition, notes, action } = readJob(line, { format });
    expect(definition).toMatchObject({ id: 'start', schedule: { triggers: [{ kind: 'machine-start' }] } });
    expect(action.script).toBe('/opt/start.sh');
    expect(notes).toContainEqual(expect.stringContaining('whenever a machine starts that may run it'));
  });
});

describe('what does not come over', () => {
  test.each([
    ['too few fields', '* * * *', 'INVALID_CRONTAB'],
    ['no command', '* * * * *  ', 'INVALID_CRONTAB'],
    ['a macro without a command', '@daily', 'INVALID_CRONTAB'],
    ['something else altogether', 'Please back up the server now, thanks', 'INVALID_CRONTAB'],
    ['a minute that does not exist', '60 * * * * x', 'INVALID_CRON'],
    ['a day that does not exist', '0 0 31 2 * x', 'IMPOSSIBLE_CRON'],
    ['a macro that does not exist', '@fortnightly x', 'INVALID_CRON'],
    ['a random time', '0~59 * * * * x', 'INVALID_CRON'],
    ['a second that does not exist', '60 * * * * * x', 'INVALID_CRON'],
    ['a zone that does not exist', 'CRON_TZ=Mars/Base', 'UNKNOWN_TIME_ZONE'],
    ['a script that is too long', `* * * * * ${'x'.repeat(LIMITS.scriptBytes + 1)}`, 'INVALID_INPUT'],
    ['only input', '* * * * * %a', 'INVALID_INPUT'],
  ])('%s is a problem of its line', (_title, line, code) => {
    const result = read(`@daily good\n${line}\n@daily better`);
    expect(result.problems).toMatchObject([{ line: 2, code }]);
    expect(result.problems[0]?.advice).toMatch(/\S/);
    expect(result.jobs.map((job) => job.line)).toEqual([1, 3]);
  });

  test.each([
    ['bytes', 'x'.repeat(LIMITS.crontabBytes + 1)],
    ['lines', '\n'.repeat(LIMITS.crontabLines)],
  ])('a crontab with too many %s is refused as a whole', (_title, text) => {
    expect(read(text)).toMatchObject({ jobs: [], problems: [{ line: 1, code: 'LIMIT_EXCEEDED' }] });
  });

  test('no more problems are told than a person can use', () => {
    expect(read('bad\n'.repeat(5000)).problems).toHaveLength(LIMITS.errorsPerFile);
  });
});

test('a star with a step in one day field and a restriction in the other must both match, as in cron', () => {
  const job = readJob('0 0 */2 * MON x');
  expect(job.schedule.triggers).toEqual([{ kind: 'cron', expression: '0 0 */2 * +MON' }]);
  expect(job.notes).toEqual([expect.stringContaining('both match')]);
  const schedule = compileSchedule(job.schedule);
  const first = schedule.ok ? nextOccurrence(schedule.value, Date.UTC(2026, 10, 2, 12)) : undefined;
  expect(first).toBe(Date.UTC(2026, 10, 8, 23)); // Monday 9 November in Berlin: odd, and a Monday
  expect(readJob('0 0 1 * */2 x').schedule.triggers).toMatchObject([{ expression: '0 0 1 * +*/2' }]);
  expect(readJob('0 0 1,15 * MON x').notes).toEqual([]);
  expect(readJob('0 0 */2 * * x').notes).toEqual([]);
});

test('ten thousand equal lines get ten thousand ids', () => {
  const { jobs } = read('* * * * * x\n'.repeat(LIMITS.crontabLines - 1));
  expect(new Set(jobs.map((job) => job.definition.id)).size).toBe(LIMITS.crontabLines - 1);
});

test('the report has a row for each job and problem, in the order of the file', () => {
  const rows = describeCrontabImport(read('@reboot a\n# Nightly\n30 2 * * * b\nbad\n*/5 * * * * * c'));
  expect(rows.map((row) => [row.line, row.outcome, row.id, row.schedule, row.command])).toEqual([
    [1, 'imported', 'a', 'at machine start', 'a'],
    [3, 'imported', 'nightly', '30 2 * * * (Europe/Berlin)', 'b'],
    [4, 'problem', '', '', ''],
    [5, 'imported', 'c', '*/5 * * * * * (Europe/Berlin)', 'c'],
  ]);
  expect(rows.map((row) => row.remark !== '')).toEqual([true, false, true, true]);
});
