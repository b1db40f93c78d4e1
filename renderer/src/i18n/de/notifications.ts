/** Words of the notifications centre. */
import type { notifications as english } from '../en/notifications.ts';

export const notifications: typeof english = {
  title: 'Mitteilungen',
  open_one: 'Mitteilungen, {{count}} ungelesen',
  open_other: 'Mitteilungen, {{count}} ungelesen',
  none: 'Nichts ist geschehen, das Aufmerksamkeit braucht.',
  noneHint: 'Fehlschläge, verlorene Maschinen, Widersprüche und Beitrittswünsche stehen hier einen Tag lang.',
  allRead: 'Alle als gelesen markieren',
  unread: 'ungelesen',
  failed: '{{task}}: {{state}}',
  onMachine: 'auf {{machine}}',
  refused: '{{task}} wurde abgelehnt',
  machineLost: '{{machine}} antwortet nicht mehr',
  pairing: '{{machine}} möchte beitreten',
  pairingDetail: 'Die Ziffern vergleichen und einlassen oder ablehnen.',
  conflict: '{{task}}: Zwei Änderungen widersprechen sich',
  conflictDetail: 'Wählen, welche gilt.',
  more_one: 'und {{count}} weitere',
  more_other: 'und {{count}} weitere',
};
