/** All invariants of the design, each with its checker, and the judging of one story by all of them. */
import { agreement } from './agreement.ts';
import { atLeastOnce } from './at-least-once.ts';
import { atMostOnce } from './at-most-once.ts';
import { audit } from './audit.ts';
import type { Checker, CheckScene, Violation } from './checker.ts';
import { durability } from './durability.ts';
import { fencing } from './fencing.ts';
import { liveness } from './liveness.ts';
import { overlap } from './overlap.ts';
import { resources } from './resources.ts';
import { ringBounds } from './ring-bounds.ts';
import { trust } from './trust.ts';

/** In the order in which they judge: those that only look come first, those that try something out last. */
export const CHECKERS: readonly Checker[] = [
  atMostOnce,
  fencing,
  overlap,
  trust,
  ringBounds,
  atLeastOnce,
  audit,
  agreement,
  durability,
  resources,
  liveness,
];

/** Lets checkers judge a story that has become calm, one after the other. */
export async function judge(scene: CheckScene, checkers: readonly Checker[] = CHECKERS): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const checker of checkers) violations.push(...(await checker.check(scene)));
  return violations;
}
