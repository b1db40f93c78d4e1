/** Labels as a person types them: one a line, `name=value`. */

/** As the domain has it: lower case, digits, and a few signs between. */
const LABEL_NAME = /^[a-z0-9][a-z0-9._/-]{0,62}$/;

export type LabelText =
  | { readonly ok: true; readonly labels: Readonly<Record<string, string>> }
  /** `line`: the first that is no label. */
  | { readonly ok: false; readonly line: string };

export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
}

export function parseLabels(text: string): LabelText {
  const labels: Record<string, string> = {};
  for (const line of text.split('\n').map((part) => part.trim())) {
    if (line === '') continue;
    const match = /^([^=\s]+)\s*=\s*(.*)$/.exec(line);
    const [, name = '', value = ''] = match ?? [];
    if (!LABEL_NAME.test(name)) return { ok: false, line };
    labels[name] = value;
  }
  return { ok: true, labels };
}
