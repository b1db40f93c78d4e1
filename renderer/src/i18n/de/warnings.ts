/** Words of warnings about the cluster and its machines. */
import type { warnings as english } from '../en/warnings.ts';

export const warnings: typeof english = {
  title: 'Warnungen',
  clockAhead: 'Die Uhr von {{name}} geht {{length}} vor.',
  clockBehind: 'Die Uhr von {{name}} geht {{length}} nach.',
  clockAdvice: 'Dort die Zeitsynchronisation (NTP) einschalten; eigene Aufgaben beginnen nach dieser Uhr.',
  takesNone: '{{name}} nimmt keine Läufe an: {{reason}}.',
  takesNoneFull: 'Dort Speicherplatz freigeben; bis dahin laufen die Aufgaben anderswo.',
  takesNoneAdvice: 'Bis dahin laufen die Aufgaben anderswo.',
  versions: 'Auf den Maschinen laufen verschiedene Versionen: {{versions}}.',
  versionsAdvice: 'Die älteren aktualisieren, damit alle dieselben Zeitpunkte berechnen.',
  fewer: 'Weniger zeigen',
  more: '{{count}} weitere',
};
