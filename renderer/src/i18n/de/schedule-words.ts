/**
 * The agent's words for a schedule in German, clause by clause: `At 02:30, Monday through Friday (Europe/Berlin)`. Either
 * all of its clauses are known, or nothing is translated: half a sentence in each language helps nobody.
 */

const DAYS: Readonly<Record<string, string>> = {
  Monday: 'Montag',
  Tuesday: 'Dienstag',
  Wednesday: 'Mittwoch',
  Thursday: 'Donnerstag',
  Friday: 'Freitag',
  Saturday: 'Samstag',
  Sunday: 'Sonntag',
};
const MONTHS: Readonly<Record<string, string>> = {
  January: 'Januar',
  February: 'Februar',
  March: 'März',
  April: 'April',
  May: 'Mai',
  June: 'Juni',
  July: 'Juli',
  August: 'August',
  September: 'September',
  October: 'Oktober',
  November: 'November',
  December: 'Dezember',
};
const ORDINALS: Readonly<Record<string, string>> = {
  first: 'ersten',
  second: 'zweiten',
  third: 'dritten',
  fourth: 'vierten',
  fifth: 'fünften',
  last: 'letzten',
};
const OUTCOMES: Readonly<Record<string, string>> = {
  'has succeeded': 'gelungen ist',
  'has failed': 'gescheitert ist',
  'has ended': 'zu Ende ist',
};
const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  second: ['jede Sekunde', 'Sekunden'],
  minute: ['jede Minute', 'Minuten'],
  hour: ['jede Stunde', 'Stunden'],
  day: ['jeden Tag', 'Tage'],
  month: ['jeden Monat', 'Monate'],
};

const SINGLE: Readonly<Record<string, string>> = { second: 'Sekunde', minute: 'Minute', hour: 'Stunde', day: 'Tag' };

const DAY = `(?:${Object.keys(DAYS).join('|')})`;
const MONTH = `(?:${Object.keys(MONTHS).join('|')})`;
/** `a`, `a and b`, `a, b and c`. Commas within a list are hidden as `;` while clauses are told apart. */
const listOf = (item: string): string => `${item}(?:(?:\u0001| and |\u0001and )${item})*`;
const NUMBERS = listOf('\\d+');
const TIME = '\\d\\d:\\d\\d(?::\\d\\d)?';

type Say = (...parts: string[]) => string;
const SAYINGS: readonly (readonly [pattern: string, say: Say])[] = [
  ['by hand only', () => 'nur von Hand'],
  ['every (second|minute|hour|day|month)', (unit) => UNITS[unit ?? '']?.[0] ?? ''],
  ['every (\\d+) (second|minute|hour|day|month)s', (count, unit) => `alle ${count} ${UNITS[unit ?? '']?.[1]}`],
  ['every (\\d+) days in a month', (count) => `alle ${count} Tage im Monat`],
  ['every (\\d+) ms', (count) => `alle ${count} ms`],
  ['on the hour', () => 'zur vollen Stunde'],
  [`every minute between (${TIME}) and (${TIME})`, (from, to) => `jede Minute zwischen ${from} und ${to}`],
  [`between (${TIME}) and (${TIME})`, (from, to) => `zwischen ${from} und ${to}`],
  [`at (${NUMBERS}) minutes? past the hour`, (minutes) => `${list(minutes)} Minuten nach der vollen Stunde`],
  ['minutes (\\d+) through (\\d+) past the hour', (from, to) => `Minuten ${from} bis ${to} nach der vollen Stunde`],
  [`at (${NUMBERS}) seconds? past the minute`, (seconds) => `${list(seconds)} Sekunden nach der vollen Minute`],
  [
    `at (${TIME}) through (${TIME})((?: and |\u0001)${TIME})?`,
    (from, to, more = '') => `von ${from} bis ${to}${list(more)}`,
  ],
  [`at (${listOf(TIME)})`, (times) => `um ${list(times)}`],
  [`(?:on )?(${DAY}) through (${DAY})`, (from, to) => `${DAYS[from ?? '']} bis ${DAYS[to ?? '']}`],
  [`(?:only )?on (${listOf(DAY)})`, (days) => `am ${list(named(days, DAYS))}`],
  ['on every day of the week', () => 'an jedem Wochentag'],
  [
    `on the (first|second|third|fourth|fifth|last) (${DAY}) of the month`,
    (which, day) => `am ${ORDINALS[which ?? '']} ${DAYS[day ?? '']} des Monats`,
  ],
  ['on the last day of the month', () => 'am letzten Tag des Monats'],
  ['on the last weekday of the month', () => 'am letzten Werktag des Monats'],
  ['on the first weekday of the month', () => 'am ersten Werktag des Monats'],
  [
    'on the weekday nearest day (\\d+) of the month',
    (day) => `am Werktag, der dem ${day}. des Monats am nächsten liegt`,
  ],
  [`on day (${NUMBERS}) of the month`, (days) => `am ${ordinal(days)} des Monats`],
  [`on day (${NUMBERS}) and the last day of the month`, (days) => `am ${ordinal(days)} und am letzten Tag des Monats`],
  ['between day (\\d+) and (\\d+) of the month', (from, to) => `vom ${from}. bis zum ${to}. des Monats`],
  [`if that is also (${listOf(DAY)})`, (days) => `wenn das auch ein ${list(named(days, DAYS))} ist`],
  [`(?:only )?in (${listOf(MONTH)})`, (months) => `im ${list(named(months, MONTHS))}`],
  [`(${MONTH}) through (${MONTH})`, (from, to) => `${MONTHS[from ?? '']} bis ${MONTHS[to ?? '']}`],
  ['after (\\S+) (has succeeded|has failed|has ended)', (task, how) => `nachdem ${task} ${OUTCOMES[how ?? '']}`],
  ['when a machine starts', () => 'wenn eine Maschine startet'],
  ['once at (\\S+)', (at) => `einmal um ${at}`],
  ['from (\\d\\S+)', (at) => `ab ${at}`],
  ['until (\\d\\S+)', (at) => `bis ${at}`],
  ['only in (.+)', (names) => `nur in ${names?.replaceAll(' or ', ' oder ')}`],
  ['except in (.+)', (names) => `außer in ${names?.replaceAll(' and ', ' und ')}`],
  [
    'spread over (\\d+) (second|minute|hour|day)s?',
    (count, unit) => `verteilt über ${count} ${count === '1' ? SINGLE[unit ?? ''] : UNITS[unit ?? '']?.[1]}`,
  ],
];
const CLAUSES = SAYINGS.map(([pattern, say]) => [new RegExp(`^${pattern}$`, 'i'), say] as const);

const SEPARATOR = /(, |; )/;
const ZONE = / \(([A-Za-z_]+(?:\/[\w+-]+)*)\)/;
const COMMA_IN_LIST = new RegExp(
  `(\\d|${DAY}|${MONTH}), (?=(?:and )?(?:\\d|${DAY}\\b(?! through)|${MONTH}\\b(?! through)))`,
  'g',
);

/** The same schedule in German; undefined when there is a clause that is not known. */
export function scheduleWords(text: string): string | undefined {
  const zone = ZONE.exec(text);
  const bare = zone === null ? text : text.replace(zone[0], '\u0002');
  const said = bare
    .replaceAll(COMMA_IN_LIST, '$1\u0001')
    .split(SEPARATOR)
    .map((part, index) => (index % 2 === 1 ? part : sayClause(part)));
  if (said.includes(undefined)) return undefined;
  const whole = said.join('').replace('\u0002', zone?.[0] ?? '');
  return whole.charAt(0).toUpperCase() + whole.slice(1);
}

function sayClause(clause: string): string | undefined {
  const mark = clause.endsWith('\u0002') ? '\u0002' : '';
  const said = sayBare(mark === '' ? clause : clause.slice(0, -1));
  return said === undefined ? undefined : said + mark;
}

/** Days of the month and days of the week, each in words of its own, may stand side by side. */
function sayBare(clause: string): string | undefined {
  for (const [pattern, say] of CLAUSES) {
    const found = pattern.exec(clause);
    if (found !== null) return say(...found.slice(1));
  }
  const also = /^if that is also (.+)$/.exec(clause)?.[1];
  if (also !== undefined) {
    const said = sayBare(`on ${also}`) ?? sayBare(also);
    return said === undefined ? undefined : `wenn es auch ${said} ist`;
  }
  const [one, other, ...more] = clause
    .split(' or ')
    .map((part) => (clause.includes(' or ') ? sayBare(part) : undefined));
  return one === undefined || other === undefined || more.length > 0 ? undefined : `${one} oder ${other}`;
}

function list(text = ''): string {
  return text.replaceAll('\u0001and ', ' und ').replaceAll('\u0001', ', ').replaceAll(' and ', ' und ');
}

/** `1., 15. und 20.` */
function ordinal(text = ''): string {
  return list(text.replaceAll(/\d+/g, (number) => `${number}.`));
}

function named(text: string | undefined, names: Readonly<Record<string, string>>): string {
  return (text ?? '').replaceAll(/[A-Z][a-z]+/g, (name) => names[name] ?? name);
}
