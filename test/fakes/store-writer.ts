/** A process that commits one record after the other, and says each number after its commit returned. */
import { openStateStore } from '../../core/adapters/sqlite/state-store.ts';
import { quietLogger } from './quiet-logger.ts';
import { NOON, record } from './run-records.ts';

const COMMITS = 100_000;
const opened = openStateStore({
  dataFolder: process.argv[2] ?? '',
  logger: quietLogger,
  now: Date.now,
  reserveBytes: 4096,
});
if (!opened.ok) throw new Error(opened.error.message);
const store = opened.value;
const first = (Object.values(store.load().logVector)[0] ?? 0) + 1;

for (let sequence = first; sequence < first + COMMITS; sequence += 1) {
  const outcome = store.commit([
    { kind: 'records', records: [record({ sequence, nominalAt: NOON + sequence })] },
    { kind: 'meta', key: 'newest', value: String(sequence) },
  ]);
  if (!outcome.ok) throw new Error(outcome.message);
  process.stdout.write(`${sequence}\n`);
}
