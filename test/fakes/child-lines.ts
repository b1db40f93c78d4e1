/** Reads what a child process says, line by line. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { assert } from '../../core/std/assert.ts';

/** The next line of the child's output; '' when it ended without one. Call it once a child. */
export async function readLine(child: ChildProcess): Promise<string> {
  for await (const line of childLines(child)) return line;
  return '';
}

/** All lines until the child ends or its output is closed. */
export function childLines(child: ChildProcess): AsyncIterable<string> {
  assert(child.stdout !== null, 'the output of the child is piped');
  return createInterface({ input: child.stdout });
}
