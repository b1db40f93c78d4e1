/** The demo from the first machine to the summary, and how long it may take. */
import { importCrontab } from './crontab-act.ts';
import { formCluster } from './forming-act.ts';
import type { Play } from './play.ts';
import { cutPower, rerunEnded } from './power-cut-act.ts';
import { type Judged, reportOf } from './report.ts';
import { switchOn } from './return-act.ts';
import { showSummary } from './summary-text.ts';

/** Several times what a quiet computer needs. */
const LONGEST_MS = 300_000;

/** Plays all acts. Throws when a step does not come about at all; what went otherwise than expected is in the report. */
export async function playStory(play: Play): Promise<Judged> {
  const overdue = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    overdue.reject(new Error(`the demo did not end within ${LONGEST_MS / 60_000} minutes`));
  }, LONGEST_MS);
  try {
    return await Promise.race([playActs(play), overdue.promise, play.feed.failure]);
  } finally {
    clearTimeout(timer);
  }
}

async function playActs(play: Play): Promise<Judged> {
  await formCluster(play);
  const imported = await importCrontab(play);
  const outcome = await cutPower(play, imported);
  const returned = await switchOn(play, outcome);
  await rerunEnded(play, outcome);
  const until = Date.now();
  play.feed.close();
  const judged = await reportOf(play, imported, outcome, returned, until);
  showSummary(play.screen, judged, play.machines);
  return judged;
}
