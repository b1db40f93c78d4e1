/**
 * What some stories add to their tasks: tasks that follow others, and parameters. Drawn from a source of their own, so
 * that a story without them is the same story as ever.
 */
import type { Parameter } from '../../core/domain/parameter.ts';
import type { Trigger } from '../../core/domain/schedule.ts';
import { type TaskDefinition, taskDefinitionSchema } from '../../core/domain/task.ts';
import { parametersOf } from '../../core/domain/action.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Share of stories with either, and of the tasks in these. */
const STORIES = 0.4;
const TASKS = 0.15;
const REGIONS = ['north', 'south', 'east'];

/** Gives some tasks something to follow, and some parameters; the same random source gives the same tasks. */
export function drawLinks(random: SeededRandom, tasks: readonly TaskDefinition[]): TaskDefinition[] {
  const follow = random.fraction() < STORIES;
  const ask = random.fraction() < STORIES;
  return tasks.map((task, index) => {
    // What is followed comes before: no circles.
    const upstream = index > 0 && random.fraction() < TASKS ? tasks[random.below(index)] : undefined;
    const linked = follow && upstream !== undefined ? following(random, task, upstream) : task;
    return ask && random.fraction() < TASKS ? withParameters(random, linked) : linked;
  });
}

/** What a person might say when running a task by hand: some values, or none where nothing must be said. */
export function drawValues(random: SeededRandom, { action }: TaskDefinition): Record<string, string> {
  const values: Record<string, string> = {};
  for (const parameter of parametersOf(action)) {
    if (random.fraction() < 0.6) values[parameter.name] = drawValue(random, parameter);
  }
  return values;
}

/** By its own schedule as well, or only then. */
function following(random: SeededRandom, task: TaskDefinition, upstream: TaskDefinition): TaskDefinition {
  const outcome = random.pick(['success', 'failure', 'any'] as const);
  const after: Trigger = { kind: 'after', task: upstream.id, outcome };
  const triggers = random.fraction() < 0.5 ? [after] : [...task.schedule.triggers, after];
  return { ...task, schedule: { ...task.schedule, triggers } };
}

function withParameters(random: SeededRandom, task: TaskDefinition): TaskDefinition {
  const all = [
    { name: 'region', type: 'choice', choices: REGIONS, default: random.pick(REGIONS), required: true },
    { name: 'batch', type: 'number', default: String(random.below(1000)) },
    { name: 'dry_run', type: 'boolean' },
    { name: 'note', type: 'text' },
  ];
  const parameters = all.slice(random.below(all.length));
  return taskDefinitionSchema.parse({ ...task, action: { ...task.action, parameters } });
}

function drawValue(random: SeededRandom, { type }: Parameter): string {
  switch (type) {
    case 'choice':
      return random.pick(REGIONS);
    case 'number':
      return String(random.below(1_000_000));
    case 'boolean':
      return random.pick(['true', 'false']);
    case 'text':
      return `a note; "$(rm -rf /)" ${random.below(1000)}`;
  }
}
