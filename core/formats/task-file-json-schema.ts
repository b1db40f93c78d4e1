/** The JSON Schema of task files, for editors: completion, descriptions and checks while a person types. */
import { z } from 'zod';
import { taskDocumentSchema } from './task-file-schema.ts';

/** Address that `$schema` lines may name; the file itself ships in `resources/schema`. */
export const TASK_SCHEMA_ID = 'urn:carillon:task-file';

/** JSON Schema, draft 2020-12, of one document of a task file. */
export function taskFileJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(taskDocumentSchema, { target: 'draft-2020-12', io: 'input' });
  return { ...schema, $id: TASK_SCHEMA_ID };
}
