/** Builds what Node and Electron load, by `rolldown.config.ts`. Says nothing when all is well: its own command lists every file. */
import { rolldown, type RolldownOptions } from 'rolldown';
import config from '../rolldown.config.ts';

for (const { output, ...input } of [config].flat() as RolldownOptions[]) {
  const bundle = await rolldown(input);
  for (const target of [output ?? []].flat()) await bundle.write(target);
  await bundle.close();
}
