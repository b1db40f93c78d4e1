/** An agent's life in small, for tests that end it: runs the launches it is given as JSON and prints every event. */
import { createProcessRunner } from '../../../core/adapters/processes/process-runner.ts';
import type { LaunchSpec } from '../../../core/ports/process-runner.ts';

const [dataFolder = '', specs = '[]'] = process.argv.slice(2);
const runner = createProcessRunner({ dataFolder, logger: { log: () => undefined } });
await runner.start((event) => process.stdout.write(`${JSON.stringify(event)}\n`), []);
for (const spec of JSON.parse(specs) as LaunchSpec[]) runner.launch(spec);
