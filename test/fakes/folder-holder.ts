/** A process that takes a data folder, says `held` or the code of the refusal, and stays until its input ends. */
import { prepareDataFolder } from '../../core/adapters/data-folder.ts';

const prepared = prepareDataFolder(process.argv[2] ?? '');
console.log(prepared.ok ? 'held' : prepared.error.code);
process.stdin.resume();
process.stdin.once('end', () => process.exit(0));
