/** Which effects may be performed though the writes of their batch could not be stored. */
import type { Effect } from './effects.ts';

/** Needs no stored record to be true. */
export function isHarmless(effect: Effect): boolean {
  switch (effect.type) {
    case 'send':
      return effect.message.type === 'beat' || effect.message.type.startsWith('probe');
    case 'launch':
    case 'reply':
    case 'answer-join':
    case 'announce-record':
    case 'send-log-page':
    case 'send-audit-page':
    case 'send-changes':
    case 'keep-output':
    case 'notify':
      return false;
    default:
      return true;
  }
}
