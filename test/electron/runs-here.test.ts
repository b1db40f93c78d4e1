/** Whether tasks run on this machine: what is not known is neither busy nor idle, and what was known keeps it awake. */
import { describe, expect, it } from 'vitest';
import { RunsHere } from '../../electron/decisions/runs-here.ts';

function seen(runs: RunsHere): { isBusy: boolean | undefined; mayBeBusy: boolean } {
  return { isBusy: runs.isBusy, mayBeBusy: runs.mayBeBusy };
}

describe('runs of this machine', () => {
  it('are not known before the first look', () => {
    expect(seen(new RunsHere())).toEqual({ isBusy: undefined, mayBeBusy: false });
  });

  it('are what the last look says', () => {
    const runs = new RunsHere();
    runs.looked(true);
    expect(seen(runs)).toEqual({ isBusy: true, mayBeBusy: true });
    runs.looked(false);
    expect(seen(runs)).toEqual({ isBusy: false, mayBeBusy: false });
  });

  it('are not known while there is no core; those that went on may do so still', () => {
    const runs = new RunsHere();
    runs.looked(true);
    runs.lost();
    expect(seen(runs)).toEqual({ isBusy: undefined, mayBeBusy: true });
    runs.lost();
    expect(seen(runs)).toEqual({ isBusy: undefined, mayBeBusy: true });
    runs.looked(false);
    expect(seen(runs)).toEqual({ isBusy: false, mayBeBusy: false });
  });

  it('that had ended are not known either, but keep nothing awake', () => {
    const runs = new RunsHere();
    runs.looked(false);
    runs.lost();
    expect(seen(runs)).toEqual({ isBusy: undefined, mayBeBusy: false });
  });
});
