/** Lengths of time in the fewest words that still say something. */

const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1000 },
] as const;

/**
 * `840 ms`, `1.4 s`, `12 s`, `3 min 20 s`, `2 d 4 h`.
 * @param parts how many units at most: 1 gives `3 min`.
 */
export function durationText(lengthMs: number, parts: 1 | 2 = 2): string {
  if (lengthMs < 1000) return `${Math.max(0, Math.round(lengthMs))} ms`;
  if (lengthMs < 10_000 && parts === 2) return `${(Math.floor(lengthMs / 100) / 10).toFixed(1)} s`;
  const first = UNITS.findIndex((unit) => lengthMs >= unit.ms);
  const unit = UNITS[first];
  if (unit === undefined) return '0 ms';
  const whole = Math.floor(lengthMs / unit.ms);
  const next = UNITS[first + 1];
  const rest = next === undefined ? 0 : Math.floor((lengthMs % unit.ms) / next.ms);
  const head = `${whole} ${unit.name}`;
  return parts === 1 || next === undefined || rest === 0 ? head : `${head} ${rest} ${next.name}`;
}

/** `0:07`, `12:30`, `1:02:03`: a running count, whose width does not jump. */
export function stopwatchText(lengthMs: number): string {
  const seconds = Math.max(0, Math.floor(lengthMs / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
