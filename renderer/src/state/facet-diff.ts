/** What differs between two values of a facet, field by field, for people to read. */

export interface FieldChange {
  /** Dotted, such as `retry.maxAttempts`; empty when the value itself is meant. */
  readonly path: string;
  /** Undefined where there was nothing. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const MOST_CHANGES = 200;

/**
 * At most 200 changes, in the order of the fields. Lists of plain values are one field each; things in a list that have
 * names go by these, and one that came or went is one change.
 */
export function fieldChanges(before: unknown, after: unknown, path = ''): readonly FieldChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isFields(before) && !isFields(after)) return [{ path, before: textOf(before), after: textOf(after) }];
  if ((isNamed(before) && after === undefined) || (before === undefined && isNamed(after))) {
    return [{ path, before: textOf(before), after: textOf(after) }];
  }
  const left = fieldsOf(before);
  const right = fieldsOf(after);
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

function isNamed(value: unknown): value is { readonly name: string } {
  return isFields(value) && typeof value['name'] === 'string' && typeof value['type'] === 'string';
}

/** By their names, where all of a list have one: what is put before another is then no change of the other. */
function fieldsOf(value: unknown): Record<string, unknown> {
  if (!isFields(value)) return {};
  const items: unknown = value;
  if (!Array.isArray(items) || !items.every(isNamed)) return value;
  return Object.fromEntries(items.map((item) => [item.name, item]));
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((item) => textOf(item) ?? '').join(', ');
  if (!isNamed(value)) return JSON.stringify(value);
  const { name: _name, ...rest } = value;
  return Object.entries(rest)
    .map(([field, content]) => `${field}: ${textOf(content) ?? ''}`)
    .join('\n');
}
