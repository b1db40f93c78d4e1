/** The definition as a task file, and back: what the command line reads and writes, with its errors by line. */
import './no-eval.ts';
import type { MachineId } from '../../../core/domain/ids.ts';
import type { TaskDefinition } from '../../../core/domain/task.ts';
import { formatTaskFile } from '../../../core/formats/task-file-format.ts';
import type { Translate } from '../i18n/language.svelte.ts';
import { parseTaskFile } from '../../../core/formats/task-file.ts';

export interface YamlError {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

export type YamlOutcome =
  | { readonly ok: true; readonly definition: TaskDefinition }
  | { readonly ok: false; readonly errors: readonly YamlError[] };

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The file of a definition; a machine stands there by its name where that is plain. */
export function yamlOf(definition: TaskDefinition, machines: readonly Named[]): string {
  const named = machines.find((machine) => machine.id === definition.placement.machine);
  const placement =
    named === undefined ? definition.placement : { ...definition.placement, machine: named.name as MachineId };
  return formatTaskFile({ ...definition, placement });
}

/** Reads one task. @param timeZone of a file that names none. */
export function definitionOfYaml(
  text: string,
  machines: readonly Named[],
  timeZone: string,
  t: Translate,
): YamlOutcome {
  const parsed = parseTaskFile(text, 'task', {
    defaultTimeZone: timeZone,
    resolveMachine: (wanted) => {
      const found = machines.filter(({ id, name }) => id === wanted || name === wanted);
      const [machine] = found;
      if (machine !== undefined && found.length === 1) return { ok: true, value: machine.id as MachineId };
      const message = t('editor.yamlNoMachine', { wanted });
      return { ok: false, error: { code: 'MACHINE_NOT_FOUND', message, advice: t('editor.yamlMachineAdvice') } };
    },
  });
  if (!parsed.ok) {
    const errors = parsed.error.map(({ line, column, field, message, advice }) => ({
      line,
      column,
      text: `${field === '' ? '' : `${field}: `}${message} ${advice}`,
    }));
    return { ok: false, errors };
  }
  const [definition, second] = parsed.value;
  if (definition === undefined || second !== undefined) {
    return { ok: false, errors: [{ line: 1, column: 1, text: t('editor.yamlOneTask') }] };
  }
  return { ok: true, definition };
}
