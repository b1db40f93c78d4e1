/**
 * What to call an imported job. People name a job in the comment above it; without one, the program that does the work
 * names it, once the wrappers around it (`cd … &&`, `nice`, `flock`, an interpreter) are taken off.
 */
import { readCrontabLine, type CrontabFormat } from './crontab-line.ts';

const MAX_NAME = 60;
const MAX_COMMENT_LINES = 3;
const MAX_STEPS = 20;

interface Wrapper {
  /** How many plain arguments of its own it takes before the program. */
  readonly ownArguments: number;
  /** Its one-letter options that take the next word as their value. */
  readonly valuedOptions: string;
}

/** Programs that run another program. */
const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map([
  ['sudo', { ownArguments: 0, valuedOptions: 'ugpC' }],
  ['doas', { ownArguments: 0, valuedOptions: 'uC' }],
  ['env', { ownArguments: 0, valuedOptions: 'uCS' }],
  ['exec', { ownArguments: 0, valuedOptions: 'a' }],
  ['nohup', { ownArguments: 0, valuedOptions: '' }],
  ['setsid', { ownArguments: 0, valuedOptions: '' }],
  ['time', { ownArguments: 0, valuedOptions: 'fo' }],
  ['nice', { ownArguments: 0, valuedOptions: 'n' }],
  ['ionice', { ownArguments: 0, valuedOptions: 'cn' }],
  ['chronic', { ownArguments: 0, valuedOptions: '' }],
  ['flock', { ownArguments: 1, valuedOptions: 'wE' }],
  ['timeout', { ownArguments: 1, valuedOptions: 'ks' }],
]);
/** What an interpreter is called with, in place of options of a wrapper. */
const INTERPRETER: Wrapper = { ownArguments: 0, valuedOptions: 'WXI' };
const INTERPRETERS = /^(?:sh|bash|dash|ksh|zsh|python[\d.]*|perl|ruby|php[\d.]*|node|java|Rscript)$/;
const EXTENSION = /\.(?:sh|bash|py|pl|rb|php|js|mjs|ts|jar|R)$/i;

/** A comment that ends what stands above it: an empty one, a ruler, or the heading of the columns. */
export function isHeading(comment: string): boolean {
  return !/\p{Letter}/u.test(comment) || /\bm(?:in)?\s+h(?:our)?\s+(?:dom|day)\b/i.test(comment);
}

/** A name from the comment lines directly above a job, or undefined when they are prose, headings or disabled jobs. */
export function nameFromComments(comments: readonly string[], format: CrontabFormat): string | undefined {
  if (comments.length === 0 || comments.length > MAX_COMMENT_LINES) return undefined;
  const first = (comments[0] ?? '').replace(/^[-=*#\s]+|[-=*#\s.:;]+$/g, '');
  if (first.length > MAX_NAME || !/\p{Letter}{2}/u.test(first)) return undefined;
  if (/^(?:vim?|ex|-\*-):?\s/.test(first)) return undefined;
  const line = readCrontabLine(first, format);
  const isDisabled = line.kind === 'variable' || (line.kind === 'job' && /^[@*\d]/.test(line.schedule));
  return isDisabled ? undefined : first;
}

/** The program that does the work: `cd /srv && nice -n 19 /opt/backup.sh full` → `backup`. */
export function nameFromCommand(script: string): string {
  let rest = script.split('\n')[0] ?? '';
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const shorter = withoutPrefix(rest);
    if (shorter === rest) break;
    rest = shorter;
  }
  const words = rest.split(/[\s;|&<>()]+/).filter((word) => word !== '');
  const program = baseName(words[workIndex(words)] ?? '');
  return program === '' ? 'job' : program.slice(0, MAX_NAME);
}

/** Takes off what only prepares: a change of folder, a test, an assignment, an opening bracket. */
function withoutPrefix(text: string): string {
  return text
    .trim()
    .replace(/^[({!]\s*/, '')
    .replace(/^(?:cd|umask|set|export|source|\.|sleep|mkdir)\s[^;&|]*(?:&&|;)\s*/, '')
    .replace(/^(?:test\s|\[\[?\s)[^;&|]*(?:&&|\|\||;)\s*/, '')
    .replace(/^command\s+-[vV]\s[^;&|]*(?:&&|\|\||;)\s*/, '')
    .replace(/^(?:if|then|while|until)\s+/, '')
    .replace(/^[A-Za-z_][A-Za-z0-9_]*=(?:"[^"]*"|'[^']*'|[^\s;&|]*)(?:\s*;\s*|\s+|$)/, '');
}

/** Which word is the program, after wrappers, their options, and an interpreter that is given a script. */
function workIndex(words: readonly string[]): number {
  let index = 0;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const name = baseName(words[index] ?? '');
    const isInterpreter = INTERPRETERS.test(name);
    const wrapper = isInterpreter ? INTERPRETER : WRAPPERS.get(name);
    if (wrapper === undefined) return index;
    let next = index + 1;
    for (let word = words[next]; word !== undefined && isOption(word); word = words[next]) {
      if (isInterpreter && /^-[ce]/.test(word)) return index;
      const isValued = word.length === 2 && wrapper.valuedOptions.includes(word.charAt(1));
      next += isValued ? 2 : 1;
    }
    next += wrapper.ownArguments;
    if (words[next] === undefined) return index;
    index = next;
  }
  return index;
}

/** An option, or an assignment as `env` and `sudo` take it. */
function isOption(word: string): boolean {
  return word.startsWith('-') || /^\w+=/.test(word);
}

function baseName(word: string): string {
  const plain = word.replace(/["'`$]/g, '').replace(/\/+$/, '');
  const base = plain.slice(plain.lastIndexOf('/') + 1);
  return base.replace(EXTENSION, '') || base;
}
