/** Words of the frame: the places of the console and what is everywhere. */
import type { shell as english } from '../en/shell.ts';

export const shell: typeof english = {
  places: 'Bereiche',
  overview: 'Überblick',
  machines: 'Maschinen',
  tasks: 'Aufgaben',
  runs: 'Läufe',
  statistics: 'Statistik',
  settings: 'Einstellungen',
  loading: 'Lädt …',
  notHere: 'Unter dieser Adresse gibt es nichts.',
  toOverview: 'Zum Überblick',
  copy: '{{what}} kopieren',
  copied: 'Kopiert',
  copyRefused: 'Der Browser hat das Kopieren nicht erlaubt.',
  copyByHand: 'Den Text auswählen und kopieren.',
};
