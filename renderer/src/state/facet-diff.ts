/** What differs between two values of a facet, field by field, for people to read. */

export interface FieldChange {
  /** Dotted, such as `retry.maxAttempts`; empty when the value itself is meant. */
  readonly path: string;
  /** Undefined where there was nothing. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const MOST_CHANGES = 200;

/** At most 200 changes, in the order of the fields. Lists of plain values are one field each. */
export function fieldChanges(before: unknown, after: unknown, path = ''): readonly FieldChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isFields(before) && !isFields(after)) return [{ path, before: textOf(before), after: textOf(after) }];
  const left = isFields(before) ? before : {};
  const right = isFields(after) ? after : {};
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return names
    .flatMap((name) => fieldChanges(left[name], right[name], path === '' ? name : `${path}.${name}`))
    .slice(0, MOST_CHANGES);
}

/** The changes between two JSON texts, as revisions have them; null is nothing. */
export function jsonChanges(before: string | null, after: string | null): readonly FieldChange[] {
  return fieldChanges(parsed(before), parsed(after));
}

function parsed(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function isFields(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return !Array.isArray(value) || value.some((item) => typeof item === 'object' && item !== null);
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.map((item) => textOf(item) ?? '').join(', ') : JSON.stringify(value);
}
