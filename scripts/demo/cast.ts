/** Who plays in the demo: the crontab, the tasks of it that the story follows, and the machines with what they shall own. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseCrontab } from '../../core/formats/crontab.ts';

export const CRONTAB = 'resources/examples/crontab';
export const CRONTAB_PATH = fileURLToPath(new URL(`../../${CRONTAB}`, import.meta.url));

/** Due every second: shows a take-over at once. */
export const FREQUENT_TASK = 'pulse-every-second';
/** Runs for 24 seconds and reports progress: something to be interrupted. */
export const LONG_TASK = 'long-report';

export interface Role {
  readonly name: string;
  readonly owns: readonly string[];
}

/** The machine that loses its power. */
export const VICTIM = 'laptop';
export const CAST: readonly Role[] = [
  { name: 'nas', owns: ['clock-every-ten-seconds', 'nightly-backup'] },
  { name: 'desk', owns: ['uptime-every-minute'] },
  { name: VICTIM, owns: [FREQUENT_TASK, LONG_TASK] },
];

/** Ids of the tasks that the crontab becomes. */
export function crontabTaskIds(): string[] {
  const options = { fileName: CRONTAB, format: 'auto', defaultTimeZone: 'UTC' } as const;
  return parseCrontab(readFileSync(CRONTAB_PATH, 'utf8'), options).jobs.map((job) => job.definition.id);
}
