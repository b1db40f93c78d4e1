/**
 * The checks of `test/architecture.test.ts`, each a function from files to findings, so that a file with a seeded fault
 * can be given to them as well: a check that finds nothing in a broken file is worth nothing.
 */
import ts from 'typescript';
import { BANNED_CALLS, BANNED_EMPTY_DATE } from './banned-calls.ts';
import { isDeciding, judgeImport } from './rooms.ts';
import { placeOf, walk, type SourceFile } from './source-tree.ts';

const LONGEST_FILE_LINES = 400;
const SLEEPERS = new Set(['setTimeout', 'delay', 'sleep', 'wait', 'pause']);
/** Someone and user are nobody. */
const MACHINE_PATH = /(?<![\w.$}])\/(?:home|Users|root|work|mnt|private)\/(?!someone\b|user\b)[\w-]+/;
const REMINDER = new RegExp(String.raw`\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\b`);

/** Imports that the table of rooms does not allow. */
export function wrongImports(file: SourceFile): string[] {
  return file.references.flatMap(({ specifier, kind, target }) => {
    // A file that is read, not loaded, is no import.
    if (kind === 'later' && target !== undefined && !/\.(?:ts|mjs|svelte)$/.test(target)) return [];
    const reason = judgeImport({ from: file.path, specifier, typeOnly: kind === 'type' });
    return reason === undefined ? [] : [`${file.path}: ${reason}`];
  });
}

/** Relative imports of files that do not exist. */
export function brokenImports(file: SourceFile): string[] {
  return file.references.flatMap(({ specifier, target, kind }) =>
    specifier.startsWith('.') && target === undefined && kind !== 'later' ? [`${file.path}: no file ${specifier}`] : [],
  );
}

/** Time, chance and the process, where only ports may give them. */
export function bannedCalls(file: SourceFile): string[] {
  if (!isDeciding(file.path)) return [];
  const found: string[] = [];
  walk(file, (node) => {
    const instead = bannedBecause(node);
    if (instead !== undefined) found.push(`${placeOf(file, node)}: ${node.getText()} is not for core: ${instead}`);
  });
  return found;
}

function bannedBecause(node: ts.Node): string | undefined {
  const isDate = (expression: ts.Expression): boolean => ts.isIdentifier(expression) && expression.text === 'Date';
  if (ts.isNewExpression(node) && isDate(node.expression) && (node.arguments?.length ?? 0) === 0)
    return BANNED_EMPTY_DATE;
  if (ts.isCallExpression(node) && isDate(node.expression)) return BANNED_EMPTY_DATE;
  if (ts.isPropertyAccessExpression(node)) {
    const object = node.expression.getText().replace(/^globalThis\./, '');
    const onGlobal = object === 'globalThis';
    return BANNED_CALLS.find((ban) =>
      onGlobal
        ? node.name.text === (ban.object ?? ban.name)
        : ban.object === object && (ban.name === undefined || ban.name === node.name.text),
    )?.instead;
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    const name = node.expression.text;
    return BANNED_CALLS.find((ban) => ban.object === undefined && ban.name === name)?.instead;
  }
  return undefined;
}

/** More lines than a file may have; tests may have more. */
export function tooLong(file: SourceFile): string[] {
  const lines = file.text.trimEnd().split('\n').length;
  if (lines <= LONGEST_FILE_LINES || isTest(file)) return [];
  return [`${file.path}: ${lines} lines, at most ${LONGEST_FILE_LINES}: split it by concern`];
}

/** Files that do not begin by saying what they are. Components and tests speak through their markup and their names. */
export function withoutHeader(file: SourceFile): string[] {
  if (file.path.endsWith('.svelte') || isTest(file)) return [];
  const start = file.text.replace(/^#!.*\n/, '').trimStart();
  return start.startsWith('/**')
    ? []
    : [`${file.path}: begin with a comment that says what it is, what holds, and why`];
}

/** Names that are not in kebab case (components: Pascal case), or say nothing. */
export function badName(file: SourceFile): string[] {
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  const pattern = name.endsWith('.svelte') ? /^[A-Z][A-Za-z0-9]*\.svelte$/ : /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)+$/;
  if (!pattern.test(name)) return [`${file.path}: file names are kebab-case, components PascalCase`];
  return /^(?:utils?|helpers?|misc|common|index)\./.test(name) ? [`${file.path}: name it by what it holds`] : [];
}

/** Reminders, and paths of one person's machine. */
export function leftovers(file: SourceFile): string[] {
  return file.text.split('\n').flatMap((line, index) => {
    const found = REMINDER.exec(line)?.[0] ?? MACHINE_PATH.exec(line)?.[0];
    return found === undefined ? [] : [`${file.path}:${index + 1}: ${found} does not belong here`];
  });
}

/** Tests that are singled out or left out, and tests that wait for time to pass instead of for what they expect. */
export function weakTests(file: SourceFile): string[] {
  if (!isTest(file)) return [];
  const found: string[] = [];
  walk(file, (node) => {
    if (ts.isPropertyAccessExpression(node) && /^(?:it|test|describe)\.(?:only|skip|todo)$/.test(node.getText())) {
      found.push(`${placeOf(file, node)}: ${node.getText()} must not be committed`);
    }
    if (ts.isAwaitExpression(node) && sleeps(node.expression) && !inLoop(node)) {
      found.push(`${placeOf(file, node)}: waits for time to pass; wait for the event or the condition`);
    }
  });
  return found;
}

/** `delay(50)`, or `new Promise((resolve) => setTimeout(resolve, 50))`. */
function sleeps(awaited: ts.Expression): boolean {
  if (ts.isCallExpression(awaited)) return ts.isIdentifier(awaited.expression) && SLEEPERS.has(awaited.expression.text);
  if (!ts.isNewExpression(awaited) || awaited.expression.getText() !== 'Promise') return false;
  const body = awaited.arguments?.[0];
  return body !== undefined && ts.isArrowFunction(body) && body.body.getText().startsWith('setTimeout(');
}

/** Looking again and again for a condition is waiting for it. */
function inLoop(node: ts.Node): boolean {
  for (let outer: ts.Node = node.parent; !ts.isSourceFile(outer); outer = outer.parent) {
    if (ts.isIterationStatement(outer, false)) return true;
    if (ts.isFunctionLike(outer)) return false;
  }
  return false;
}

function isTest(file: SourceFile): boolean {
  return file.path.startsWith('test/');
}
