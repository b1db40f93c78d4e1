/** A process that plays stories: it is sent options, and sends back results, until its parent lets go of it. */
import { simulate, type SimOptions } from './sim-run.ts';

process.on('message', (options: Omit<SimOptions, 'trace'>) => {
  void simulate(options).then((result) => process.send?.(result));
});
