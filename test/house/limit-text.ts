/** How docs/LIMITS.md writes a limit: the unit is in its name. */

const UNITS: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  Ms: [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
    ['ms', 1],
  ],
  Bytes: [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
    ['bytes', 1],
  ],
};

/** `1500` of `…Ms` is `1500 ms`, `60000` is `1 min`: the largest unit that leaves a whole number. */
export function limitText(name: string, value: number): string {
  const suffix = Object.keys(UNITS).find((unit) => name.endsWith(unit) || name.toLowerCase() === unit.toLowerCase());
  const grouped = (number: number): string => number.toLocaleString('en').replaceAll(',', ' ');
  if (suffix === undefined) return grouped(value);
  const [unit, size] = UNITS[suffix]?.find(([, size]) => value % size === 0) ?? ['', 1];
  return `${grouped(value / size)} ${unit}`;
}
