/**
 * Splits what a person types as a command into the program and its arguments. Quotes and backslashes group as in a
 * shell (POSIX, "Shell Command Language", 2.2 Quoting); nothing is expanded, since no shell is involved.
 */

export type CommandLine =
  | { readonly ok: true; readonly argv: string[] }
  | { readonly ok: false; readonly problem: 'backslash' | 'quote'; readonly quote: string };

/** The words of `text`, or why it cannot be split. */
export function splitCommand(text: string): CommandLine {
  const argv: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) argv.push(word);
      word = undefined;
    } else if (character === quote) {
      quote = undefined;
    } else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (character === '\\' && quote !== "'") {
      index += 1;
      const next = text[index];
      if (next === undefined) return { ok: false, problem: 'backslash', quote: '' };
      const kept = quote === '"' && !/["\\$`\n]/.test(next) ? `\\${next}` : next;
      word = (word ?? '') + kept;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== undefined) return { ok: false, problem: 'quote', quote };
  if (word !== undefined) argv.push(word);
  return { ok: true, argv };
}

/** True when the words hold what only a shell understands, such as pipes; a script is meant then. */
export function looksLikeShell(text: string): boolean {
  return /(^|\s)(\||\|\||&&|>>?|<)(\s|$)|\$\(|[^\\]`|;\s/.test(text);
}

/** The words as one line that `splitCommand` reads back to the same words. */
export function joinCommand(argv: readonly string[]): string {
  return argv.length === 1 && argv[0] === '' ? '' : argv.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (/^[\w@%+=:,./~-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
