/** What the agent says in English is said in German: made by the agent's own code, so that new words are not forgotten. */
import { describe, expect, it } from 'vitest';
import { scheduleSchema } from '../../core/domain/schedule.ts';
import { describeSchedule } from '../../core/scheduling/describe.ts';
import { germanOf } from '../../renderer/src/i18n/de/core-words.ts';
import { Language } from '../../renderer/src/i18n/language.svelte.ts';

const cron = (expression: string): string =>
  describeSchedule(scheduleSchema.parse({ triggers: [{ kind: 'cron', expression }], timeZone: 'Europe/Berlin' }));

describe('schedules in German', () => {
  it.each([
    ['30 2 * * 1-5', 'Um 02:30, Montag bis Freitag (Europe/Berlin)'],
    ['*/15 9-17 * * *', 'Alle 15 Minuten, zwischen 09:00 und 17:59 (Europe/Berlin)'],
    ['0 12 1,15 * *', 'Um 12:00, am 1. und 15. des Monats (Europe/Berlin)'],
    ['0 0 * * 1#1', 'Um 00:00, am ersten Montag des Monats (Europe/Berlin)'],
    ['0 0 13 * 5', 'Um 00:00, am 13. des Monats oder am Freitag (Europe/Berlin)'],
    ['0 22 * 1,7 1,3,5', 'Um 22:00, am Montag, Mittwoch und Freitag, im Januar und Juli (Europe/Berlin)'],
    ['1,2,3 4,5 * * *', '1, 2 und 3 Minuten nach der vollen Stunde, um 04:00 und 05:00 (Europe/Berlin)'],
  ])('say %s', (expression, words) => expect(germanOf(cron(expression))).toBe(words));

  it('leave no English in anything that people usually write', () => {
    const minutes = ['0', '5', '*/10', '0,30', '*', '0-10'];
    const hours = ['*', '2', '2,14', '9-17', '*/6'];
    const days = ['*', '1', '1,15', 'L', 'LW', '15W', '*/2', '10-15'];
    const months = ['*', '1', '3-5', '*/3'];
    const weekdays = ['*', '1', '1-5', '6,0', '5L', '2#3'];
    const english = /\b(at|every|on|the|of|past|between|through|hours?|minutes|[A-Z]\w+day)\b/i;
    for (const minute of minutes) {
      for (const hour of hours) {
        for (const day of days) {
          for (const month of months) {
            for (const weekday of weekdays) {
              const text = cron([minute, hour, day, month, weekday].join(' '));
              expect(germanOf(text).replace('Europe/Berlin', ''), text).not.toMatch(english);
            }
          }
        }
      }
    }
  });

  it('say all else that a schedule may hold', () => {
    const schedule = scheduleSchema.parse({
      triggers: [
        { kind: 'interval', everyMs: 900_000 },
        { kind: 'after', task: 'nightly', outcome: 'failure' },
        { kind: 'machine-start' },
      ],
      timeZone: 'UTC',
      jitterMs: 90_000,
      calendars: { only: ['work'], except: ['holidays', 'fair'] },
    });
    expect(germanOf(describeSchedule(schedule))).toBe(
      'Alle 15 Minuten; nachdem nightly gescheitert ist; wenn eine Maschine startet, nur in work, außer in holidays und fair, verteilt über 90 Sekunden',
    );
    expect(germanOf(describeSchedule(scheduleSchema.parse({ triggers: [], timeZone: 'UTC' })))).toBe('Nur von Hand');
  });

  it('stay whole in English where a part is not known', () => {
    expect(germanOf('At 02:30, when the moon is full')).toBe('At 02:30, when the moon is full');
  });
});

describe('reasons in German', () => {
  it.each([
    ['exit code 1', 'Exit-Code 1'],
    ['it ran longer than 90000 ms', 'lief länger als 90 s'],
    ['an earlier run is still active on nas', 'ein früherer Lauf ist auf nas noch nicht zu Ende'],
    [
      'observed by workbench: silent for 3.2 s; no answer for 4.1 s',
      'beobachtet von workbench: 3.2 s lang nichts gehört; keine Antwort seit 4.1 s',
    ],
    ['its label room is not set, not attic', 'ihr Merkmal room ist nicht gesetzt, nicht attic'],
    ['it takes no runs: quiet hours', 'sie nimmt keine Läufe an: quiet hours'],
    [
      'missed by 75 s (NO_ROOM); the catch-up policy is "skip"',
      'um 75 s verpasst (NO_ROOM); die Regel für Verpasstes ist „auslassen“',
    ],
  ])('say "%s"', (text, words) => expect(germanOf(text)).toBe(words));

  it('leave what a program has said as it is', () => {
    expect(germanOf('the order was rejected (rate limit)')).toBe('the order was rejected (rate limit)');
  });
});

it('a language says what the agent says, and English keeps it', async () => {
  const language = new Language({ getItem: () => null, setItem: () => undefined }, { lang: 'en' });
  expect(language.t.said('exit code 1')).toBe('exit code 1');
  await language.choose('de');
  expect(language.t.said('exit code 1')).toBe('Exit-Code 1');
  await language.choose('en');
  expect(language.t.said('exit code 1')).toBe('exit code 1');
});
