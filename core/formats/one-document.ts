/** A YAML file that is one document of a known shape: read with the line of what is wrong. */
import type { z } from 'zod';
import { appError } from '../std/app-error.ts';
import { err, ok, type Result } from '../std/result.ts';
import { readYaml } from './yaml-source.ts';

/** What such a file is. */
export interface DocumentKind<T> {
  /** As people call it: `the policy`. */
  readonly what: string;
  /** As people call one of its fields: `rule`. */
  readonly fieldWord: string;
  readonly limitBytes: number;
  readonly schema: z.ZodType<T>;
  /** What an empty file means. */
  readonly empty: T;
}

/** INVALID_INPUT, UNKNOWN_FIELD or INVALID_YAML, with the line and the field; LIMIT_EXCEEDED. */
export function readOneDocument<T>(text: string, kind: DocumentKind<T>): Result<T> {
  const { what, fieldWord, limitBytes, schema, empty } = kind;
  if (text.length > limitBytes) return err(appError('LIMIT_EXCEEDED', `${what} is larger than ${limitBytes} bytes`));
  const read = readYaml(text, () => false);
  if (!read.ok) {
    const [first] = read.error;
    return err(appError(first?.code ?? 'INVALID_YAML', `line ${first?.line ?? 1}: ${first?.message ?? ''}`));
  }
  const [document, second] = read.value;
  if (document === undefined) return ok(empty);
  if (second !== undefined) return err(appError('INVALID_INPUT', `${what} is one document, not several`));
  const checked = schema.safeParse(document.value);
  if (checked.success) return ok(checked.data);
  const [issue] = checked.error.issues;
  const path = (issue?.path ?? []).filter((part) => typeof part !== 'symbol');
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = [...path, ...(unknown === undefined ? [] : [unknown])].join('.');
  const { line } = unknown === undefined ? document.valueAt(path) : document.keyAt([...path, unknown]);
  const message = unknown === undefined ? (issue?.message ?? 'it is malformed') : `there is no such ${fieldWord}`;
  const code = unknown === undefined ? 'INVALID_INPUT' : 'UNKNOWN_FIELD';
  return err(appError(code, `line ${line}: ${field}: ${message}`, { field }));
}
