/** Words of states: of runs, of machines, and of what a machine may do. */
import type { states as english } from '../en/states.ts';

export const states: typeof english = {
  due: 'Fällig',
  queued: 'In der Warteschlange',
  withheld: 'Zurückgehalten',
  starting: 'Startet',
  running: 'Läuft',
  succeeded: 'Gelungen',
  failed: 'Fehlgeschlagen',
  'timed-out': 'Zu lang gelaufen',
  cancelled: 'Abgebrochen',
  lost: 'Verloren',
  skipped: 'Ausgelassen',
  refused: 'Abgelehnt',
  alive: 'Da',
  suspect: 'Fraglich',
  dead: 'Ausgefallen',
  left: 'Abgemeldet',
  unknown: 'Noch nicht gesehen',
  draining: 'Läuft leer',
  admin: 'Verwaltung',
  editor: 'Bearbeitung',
  executor: 'Ausführung',
  viewer: 'Ansicht',
};
