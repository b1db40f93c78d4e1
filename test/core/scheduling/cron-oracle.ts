/**
 * A slow second opinion on cron schedules in a time zone: it steps through time minute by minute (or second by second),
 * reads the wall clock from `Intl` at each step, and shares nothing with the engine, neither its parser nor its search.
 */

interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * Everything that comes due after `after` up to `until`.
 * @param stepMs 60,000 for expressions of 5 fields, 1000 for 6; `after` must be a multiple of it
 */
export function oracleOccurrences(
  expression: string,
  zone: string,
  after: number,
  until: number,
  stepMs: number,
): number[] {
  const fields = expression.trim().toLowerCase().replace('-sun', '-7').split(/\s+/);
  if (fields.length === 5) fields.unshift('0');
  const recurring = fields.slice(0, 3).some((field) => /[*/-]/.test(field));
  const due: number[] = [];
  const shown = new Set<number>();
  // From earlier on, to know which local times were shown already.
  const lookBackMs = stepMs === 1000 ? 3 * 3_600_000 : 2 * 86_400_000;
  let previousLocal: number | undefined;
  for (let instant = after - lookBackMs; instant <= until; instant += stepMs) {
    const clock = wallClock(zone, instant);
    const local = localNumber(clock);
    let isDue = false;
    if (previousLocal !== undefined && local > previousLocal + stepMs) {
      for (let skipped = previousLocal + stepMs; skipped < local; skipped += stepMs) {
        isDue ||= matches(fields, clockOf(skipped));
      }
    }
    if (matches(fields, clock)) isDue ||= recurring || !shown.has(local);
    shown.add(local);
    previousLocal = local;
    if (isDue && instant > after) due.push(instant);
  }
  return due;
}

function wallClock(zone: string, instant: number): WallClock {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    formatters.set(zone, formatter);
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (
    formatter.format(instant).match(/\d+/g) ?? []
  ).map(Number);
  return { year, month, day, hour, minute, second };
}

function localNumber({ year, month, day, hour, minute, second }: WallClock): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function clockOf(local: number): WallClock {
  const date = new Date(local);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

function matches(fields: readonly string[], clock: WallClock): boolean {
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  if (!includes(second, clock.second, 0, 59) || !includes(minute, clock.minute, 0, 59)) return false;
  if (!includes(hour, clock.hour, 0, 23) || !includes(month, clock.month, 1, 12)) return false;
  const anyDay = day === '*' || day === '?';
  const both = weekday.startsWith('+');
  const weekdayField = both ? weekday.slice(1) : weekday;
  const anyWeekday = weekdayField === '*' || weekdayField === '?';
  const dayMatches = anyDay || day.split(',').some((item) => dayItem(item, clock));
  const weekdayMatches = anyWeekday || weekdayField.split(',').some((item) => weekdayItem(item, clock));
  return anyDay || anyWeekday || both ? dayMatches && weekdayMatches : dayMatches || weekdayMatches;
}

function lastDay({ year, month }: WallClock): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function weekdayAt({ year, month }: WallClock, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

function dayItem(item: string, clock: WallClock): boolean {
  if (item === 'l') return clock.day === lastDay(clock);
  if (item === 'lw' || item.endsWith('w')) {
    const wanted = item === 'lw' ? lastDay(clock) : Number(item.slice(0, -1));
    if (wanted > lastDay(clock)) return false;
    // The nearest Monday to Friday within the month; a Saturday looks back first, a Sunday forward.
    const order = weekdayAt(clock, wanted) === 6 ? [0, -1, 1, 2] : [0, 1, -1, -2];
    const found = order
      .map((shift) => wanted + shift)
      .find((day) => day >= 1 && day <= lastDay(clock) && weekdayAt(clock, day) % 6 !== 0);
    return clock.day === found;
  }
  return includes(item, clock.day, 1, 31);
}

function weekdayItem(item: string, clock: WallClock): boolean {
  const today = weekdayAt(clock, clock.day);
  const [name = '', rank] = item.includes('#')
    ? item.split('#')
    : item.endsWith('l')
      ? [item.slice(0, -1), 'l']
      : [item];
  if (rank === undefined) return includes(item, today, 0, 6) || (today === 0 && includes(item, 7, 0, 6));
  if (numberOf(name) % 7 !== today) return false;
  return rank === 'l' ? clock.day + 7 > lastDay(clock) : Math.ceil(clock.day / 7) === Number(rank);
}

function includes(field: string, value: number, first: number, last: number): boolean {
  return field.split(',').some((item) => {
    const [range = '', step = '1'] = item.split('/');
    const [low, high] = range === '*' ? [first, last] : range.split('-').map(numberOf);
    const start = low ?? first;
    return value >= start && value <= (high ?? start) && (value - start) % Number(step) === 0;
  });
}

function numberOf(text: string): number {
  if (NAMES.includes(text)) return NAMES.indexOf(text);
  return MONTHS.includes(text) ? MONTHS.indexOf(text) + 1 : Number(text);
}
