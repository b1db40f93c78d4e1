/** Values of a task's parameters as a person types them: begun with what was given before or with the defaults. */
import './no-eval.ts';
import type { Parameter, ParameterValues } from '../../../core/domain/parameter.ts';
import { beginOfField, faultOfField } from '../../../core/formats/parameter-field.ts';
import type { MessageKey } from '../i18n/language.svelte.ts';

export class ParameterForm {
  readonly parameters: readonly Parameter[];
  #values = $state.raw<ParameterValues>({});
  #touched = $state.raw<ReadonlySet<string>>(new Set());
  #tried = $state(false);

  /** @param given values of an earlier run; what does not fit any more is left out */
  constructor(parameters: readonly Parameter[], given?: ParameterValues) {
    this.parameters = parameters;
    this.#values = Object.fromEntries(parameters.map((parameter) => [parameter.name, beginOfField(parameter, given)]));
  }

  /** What is sent: a value for each parameter. */
  get values(): ParameterValues {
    return this.#values;
  }

  valueOf({ name }: Parameter): string {
    return this.#values[name] ?? '';
  }

  set({ name }: Parameter, value: string): void {
    this.#values = { ...this.#values, [name]: value };
    this.#touched = new Set([...this.#touched, name]);
  }

  /** True when everything fits; shows what does not from then on. */
  isSound(): boolean {
    this.#tried = true;
    return this.parameters.every((parameter) => faultOfField(parameter, this.valueOf(parameter)) === undefined);
  }

  /** What is wrong with a value, once it was touched or was to be sent. */
  problemAt(parameter: Parameter): MessageKey | undefined {
    if (!this.#tried && !this.#touched.has(parameter.name)) return undefined;
    const fault = faultOfField(parameter, this.valueOf(parameter));
    return fault === undefined ? undefined : `parameters.${fault}`;
  }
}
