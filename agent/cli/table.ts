/** Text tables: aligned columns, long cells cut so that a row fits a terminal. Colours do not count as width. */
import { stripVTControlCharacters } from 'node:util';
import type { Paint } from './paint.ts';

const GAP = 2;
const LEAST_CELL = 8;
const WIDEST_CELL = 60;

/**
 * @param heads of the columns; as many cells in each row.
 * @param columns width of the terminal; 0: unknown, then only very long cells are cut.
 */
export function formatTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  { paint, columns }: { readonly paint: Paint; readonly columns: number },
): string {
  const clean = rows.map((row) => row.map(oneLine));
  const widths = fit(
    heads.map((head, index) =>
      Math.min(WIDEST_CELL, Math.max(widthOf(head), ...clean.map((row) => widthOf(row[index] ?? '')))),
    ),
    columns,
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => pad(cut(cell, widths[index] ?? 0), widths[index] ?? 0))
      .join(' '.repeat(GAP))
      .trimEnd();
  return [paint.bold(line(heads)), ...clean.map(line)].join('\n');
}

/** Lines of a name and its value, aligned; a value may have several lines. */
export function formatFields(fields: readonly (readonly [string, string])[], paint: Paint): string {
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  const indent = `\n${' '.repeat(width + GAP)}`;
  return fields
    .map(([name, value]) => `${paint.dim(name.padEnd(width))}  ${value.replaceAll('\n', indent)}`)
    .join('\n');
}

/** Cuts a text to a width, with an ellipsis in place of what is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const plain = stripVTControlCharacters(text);
  return `${[...plain].slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** Takes the space that is missing from the widest columns. */
function fit(widths: number[], columns: number): number[] {
  if (columns === 0) return widths;
  const total = (): number => widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
  while (total() > columns) {
    const widest = Math.max(...widths);
    if (widest <= LEAST_CELL) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Control characters of names and reasons must not reach the terminal; our own colours may. */
function oneLine(text: string): string {
  return text.replace(/\u001b(?!\[\d+m)|[\u0000-\u001a\u001c-\u001f\u007f-\u009f]/g, ' ');
}
