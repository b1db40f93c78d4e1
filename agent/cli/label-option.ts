/** Labels as options give them: `--label disk=ssd room=attic`. */
import { usageError } from './command.ts';

/** Throws INVALID_INPUT for what is not `key=value`. */
export function readLabels(texts: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals <= 0) throw usageError(`"${text}" is not key=value`, 'label');
    labels[text.slice(0, equals)] = text.slice(equals + 1);
  }
  return labels;
}

/** Such as `disk=ssd room=attic`; `-` for none. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  const shown = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return shown.length === 0 ? '-' : shown.join(' ');
}
