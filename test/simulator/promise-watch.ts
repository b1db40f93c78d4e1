/**
 * Tells whether anything that promises is under way: counts every promise made or settled in this process. So virtual
 * time knows after each act whether promises want their turn, and does not give them one for nothing, which would cost
 * more than most acts do. A promise of somebody else counts too; then a turn is given in vain, and nothing changes.
 */
import { promiseHooks } from 'node:v8';

let count = 0;

function note(): void {
  count += 1;
}

promiseHooks.onInit(note);
promiseHooks.onSettled(note);

/** How many promises have been made or settled so far; the same number twice means that none was in between. */
export function promiseCount(): number {
  return count;
}
