/** What some stories add to their tasks: what follows what, and parameters. Stories without either stay as they were. */
import { expect, test } from 'vitest';
import { parametersOf } from '../../core/domain/action.ts';
import { resolveParameters } from '../../core/domain/parameter.ts';
import type { TaskDefinition } from '../../core/domain/task.ts';
import { upstreamsOf } from '../../core/scheduling/followers.ts';
import { SeededRandom } from './seeded-random.ts';
import { drawLinks, drawValues } from './story-links.ts';
import { minutelyTasks } from './story-tasks.ts';

const TASKS = minutelyTasks(40);
const STORIES = Array.from({ length: 50 }, (_, seed) => drawLinks(new SeededRandom(seed), TASKS));
const hasFollowers = (story: readonly TaskDefinition[]) => story.some(({ schedule }) => upstreamsOf(schedule).size > 0);
const hasParameters = (story: readonly TaskDefinition[]) => story.some(({ action }) => parametersOf(action).length > 0);

test('some stories have followers, some have parameters, some neither', () => {
  expect(STORIES.filter(hasFollowers).length).toBeGreaterThan(8);
  expect(STORIES.filter(hasParameters).length).toBeGreaterThan(8);
  const plain = STORIES.filter((story) => !hasFollowers(story) && !hasParameters(story));
  expect(plain.length).toBeGreaterThan(8);
  for (const story of plain) expect(story).toEqual(TASKS);
});

test('the same source gives the same tasks, and what is followed comes before', () => {
  STORIES.forEach((story, seed) => {
    expect(drawLinks(new SeededRandom(seed), TASKS)).toEqual(story);
    for (const [index, { schedule }] of story.entries()) {
      for (const upstream of upstreamsOf(schedule)) {
        expect(story.findIndex(({ id }) => id === upstream)).toBeLessThan(index);
      }
    }
  });
});

test('what a person says of a task is what its parameters allow', () => {
  const random = new SeededRandom(1);
  let said = 0;
  for (const task of STORIES.flat()) {
    const values = drawValues(random, task);
    said += Object.keys(values).length;
    expect(resolveParameters(parametersOf(task.action), values).ok).toBe(true);
  }
  expect(said).toBeGreaterThan(20);
});
