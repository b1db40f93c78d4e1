/**
 * Which fencing tokens a store keeps for each task. The highest is kept for as long as the database lives: a token may come
 * from a clock that was hours ahead, so that neither the clock nor the runs that are still remembered tell that it was given.
 */

/** Milliseconds no clock shows; whoever makes up such a token must not hide those that were really given. */
const KEPT_TOKEN_MAX = 2 ** 52;

/** True for tokens whose task has it kept. */
export function isKeptToken(token: number | undefined): token is number {
  return token !== undefined && token <= KEPT_TOKEN_MAX;
}
