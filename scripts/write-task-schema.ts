/** Writes `resources/schema/task.schema.json` from the schema of task files. A test says when it must be run again. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { taskFileJsonSchema } from '../core/formats/task-file-json-schema.ts';

const target = fileURLToPath(new URL('../resources/schema/task.schema.json', import.meta.url));
const style = await resolveConfig(target);
writeFileSync(target, await format(JSON.stringify(taskFileJsonSchema()), { ...style, parser: 'json' }));
