/** What is taken as a cron expression, and how the rest is refused. */
import { describe, expect, it } from 'vitest';
import { parseCron } from '../../../core/scheduling/cron.ts';

const VALID = [
  '* * * * *',
  '  5   4\t* * *  ',
  '0 0 1 1 *',
  '*/60 * * * *',
  '0 */24 * * *',
  '0 0 */31 */12 */7',
  '00 007 01 1 0',
  '0,15,30-40/5,50 0-23/2 1-15,L JAN,mar-MAY sun,Tue-thu',
  '0 0 ? * ?',
  '0 0 L * *',
  '0 0 l * 5l',
  '0 0 lw * *',
  '0 0 15w * *',
  '0 0 31W * *',
  '0 0 * * 0-7',
  '0 0 * * FRI-SUN',
  '0 0 * * 7#5',
  '0 0 * * mon#1,5#L,WED',
  '0 0 13 * +FRI',
  '0 0 * * +MON-FRI',
  '59 59 23 31 12 7',
  '*/5 * * * * *',
  '0 0 29 2 *',
  '0 0 29 2 +MON',
  '*,5 * * * *',
  '@yearly',
  '@Annually',
  '@MONTHLY',
  '@weekly',
  '@daily',
  '@midnight',
  ' @hourly ',
];

/** Expression, and what the message must say. */
const INVALID: readonly (readonly [string, string])[] = [
  ['61 * * * *', 'minute field "61": 61 is out of range (0-59).'],
  ['60 * * * * *', 'second field "60": 60 is out of range (0-59).'],
  ['0 24 * * *', 'hour field "24": 24 is out of range (0-23).'],
  ['0 0 0 * *', 'day of month field "0": 0 is out of range (1-31).'],
  ['0 0 32 * *', 'day of month field "32": 32 is out of range (1-31).'],
  ['0 0 * 13 *', 'month field "13": 13 is out of range (1-12).'],
  ['0 0 * 0 *', 'month field "0": 0 is out of range (1-12).'],
  ['0 0 * * 8', 'day of week field "8": 8 is out of range (0-7).'],
  ['0 0 * FOO *', 'month field "FOO": unknown name "FOO"; use JAN, FEB,'],
  ['0 0 * * MONDAY', 'day of week field "MONDAY": unknown name "MONDAY"; use SUN, MON,'],
  ['0 MON * * *', 'hour field "MON": "MON" is not a number from 0 to 23.'],
  ['*/0 * * * *', 'minute field "*/0": bad step "0"; it must be a number from 1 to 60.'],
  ['*/61 * * * *', 'bad step "61"'],
  ['0 */25 * * *', 'hour field "*/25": bad step "25"; it must be a number from 1 to 24.'],
  ['*/ * * * *', 'bad step ""'],
  ['*/x * * * *', 'bad step "x"'],
  ['5/15 * * * *', 'a step needs "*" or a range before it; write 5-59/15.'],
  ['/15 * * * *', 'minute field "/15": a value is missing.'],
  ['1-10/2/3 * * * *', 'more than one step'],
  ['0 22-2 * * *', 'hour field "22-2": the range 22-2 runs backwards; write 22-23,0-2.'],
  ['0 0 * NOV-FEB *', 'month field "NOV-FEB": the range NOV-FEB runs backwards; write 11-12,1-2.'],
  ['0 0 * * FRI-MON', 'day of week field "FRI-MON": the range FRI-MON runs backwards; write 5-7,1.'],
  ['0 0 * * 6-0', 'runs backwards; write 6-7.'],
  ['1-2-3 * * * *', '"1-2-3" is not a range; write it as LOW-HIGH.'],
  ['1- * * * *', 'minute field "1-": a value is missing.'],
  ['-1 * * * *', '"-1" is not a number from 0 to 59.'],
  ['1.5 * * * *', '"1.5" is not a number from 0 to 59.'],
  ['1,,2 * * * *', 'minute field "1,,2": a value is missing.'],
  [', * * * *', 'a value is missing'],
  ['? * * * *', '"?" is for day of month and day of week only; use "*".'],
  ['0 0 1,? * *', '"?" stands alone'],
  ['H * * * *', '"H" is not a number from 0 to 59.'],
  ['0 0 1-15W * *', '"W" stands alone after one day'],
  ['0 0 1W,15W * *', '"W" stands alone after one day'],
  ['0 0 W * *', '"W" stands alone after one day'],
  ['0 0 32W * *', 'day of month field "32W": 32 is out of range (1-31).'],
  ['0 0 L-3 * *', 'days before the last one are not supported'],
  ['0 0 5L * *', '"L" stands alone for the last day'],
  ['0 0 5#1 * *', '"#" belongs in the day of week field'],
  ['0 0 * * L', '"L" needs a day, such as 5L or FRI#L'],
  ['0 0 * * 5#0', '"#0" must be #1 to #5 or #L'],
  ['0 0 * * 5#6', '"#6" must be #1 to #5 or #L'],
  ['0 0 * * #2', 'day of week field "#2": a value is missing'],
  ['0 0 * * MON-FRI#2', '"#" and "L" go with a single day'],
  ['0 0 * * 15W', '"W" belongs in the day of month field'],
  ['0 0 * * 1,+5', '"+" may only come first'],
  ['0 0 +1 * *', 'day of month field "+1"'],
  ['0 0 * * ++1', 'day of week field "++1"'],
  ['', 'The expression is empty'],
  ['   ', 'The expression is empty'],
  ['*', 'has 1 field; it needs 5'],
  ['* * * *', 'has 4 fields; it needs 5'],
  ['0 0 0 1 1 * 2027', 'has 7 fields, but a year field is not supported'],
  ['* * * * * * * *', 'has 8 fields'],
  ['@reboot', '"@reboot" is not a time'],
  ['@REBOOT', 'is not a time'],
  ['@every 5m', '"@every" is not a cron macro; use an interval trigger'],
  ['@fortnightly', 'Unknown macro "@fortnightly"; known are @yearly'],
  ['@daily 5', 'The macro "@daily" stands alone'],
  ['0\n0 * * *', 'has 4 fields'],
  ['* * * * *\u00a0*', 'day of week field'],
  ['９ * * * *', '"９" is not a number'],
  [`${'1,'.repeat(150)}1 * * * *`, 'longer than 200 characters'],
];

describe('parseCron', () => {
  it.each(VALID)('takes %j', (expression) => {
    expect(parseCron(expression).ok).toBe(true);
  });

  it.each(INVALID)('refuses %j and says why', (expression, reason) => {
    const result = parseCron(expression);
    expect(result).toMatchObject({ ok: false, error: { code: 'INVALID_CRON', field: 'schedule.cron' } });
    expect(result.ok ? '' : result.error.message).toContain(reason);
  });

  it.each(['0 0 30 2 *', '0 0 31 2 *', '0 0 31 4,6,9,11 *', '0 0 30,31 FEB ?', '0 0 1-7 * +MON#2', '0 0 30W 2 *'])(
    'refuses %j, which never comes due',
    (expression) => {
      expect(parseCron(expression)).toMatchObject({
        ok: false,
        error: { code: 'IMPOSSIBLE_CRON', field: 'schedule.cron' },
      });
    },
  );

  it('keeps the expression as written, with single spaces', () => {
    const parsed = parseCron('  0   3 *\t* mon ');
    expect(parsed.ok && parsed.value.expression).toBe('0 3 * * mon');
  });

  it.each([
    ['30 2 * * *', false],
    ['0,30 2,14 * * MON-FRI', false],
    ['0 0 */2 * *', false],
    ['0 * * * *', true],
    ['*/5 2 * * *', true],
    ['0 2-3 * * *', true],
    ['0,10-12 2 * * *', true],
    ['* 30 2 * * *', true],
    ['@hourly', true],
    ['@daily', false],
  ])('tells whether %j recurs within the day', (expression, recurring) => {
    const parsed = parseCron(expression);
    expect(parsed.ok && parsed.value.recurring).toBe(recurring);
  });
});
