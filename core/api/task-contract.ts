/** The parts of the API's table (`contract.ts`) that are about tasks and their schedules. */
import * as forecasts from './forecast-schemas.ts';
import * as previews from './preview-schemas.ts';
import { route } from './route.ts';
import * as edits from './task-edit-schemas.ts';
import * as files from './task-file-schemas.ts';
import * as tasks from './task-schemas.ts';

export const tasksTable = {
  list: route('tasks', 'GET', '/tasks', 'List tasks').input(tasks.listTasksInput).output(tasks.listTasksOutput),
  get: route('tasks', 'GET', '/tasks/{id}', 'Show a task, who runs it and when')
    .input(tasks.taskInput)
    .output(tasks.taskOutput),
  apply: route('tasks', 'POST', '/tasks', 'Create or change tasks; all of them or none')
    .input(tasks.applyTasksInput)
    .output(tasks.applyTasksOutput),
  validate: route('tasks', 'POST', '/tasks/validate', 'Check definitions without storing them')
    .input(tasks.validateTasksInput)
    .output(tasks.validateTasksOutput),
  placement: route('tasks', 'POST', '/tasks/placement', 'Tell who would run a definition, and why others would not')
    .input(tasks.placementInput)
    .output(tasks.placementViewOutput),
  forecast: route('tasks', 'GET', '/forecast', 'List what comes due, and who would run it; the next day by default')
    .input(forecasts.forecastInput)
    .output(forecasts.forecastOutput),
  toFile: route('tasks', 'POST', '/tasks/file', 'Write a definition as a task file')
    .input(files.toFileInput)
    .output(files.toFileOutput),
  fromFile: route('tasks', 'POST', '/tasks/file/parse', 'Read a task file, and tell all that is wrong with it')
    .input(files.fromFileInput)
    .output(files.fromFileOutput),
  fromCrontab: route('tasks', 'POST', '/tasks/crontab', 'Make definitions of a crontab; nothing is stored')
    .input(files.fromCrontabInput)
    .output(files.fromCrontabOutput),
  delete: route('tasks', 'DELETE', '/tasks/{id}', 'Delete a task; it can be restored')
    .input(tasks.taskInput)
    .output(tasks.stoppedTaskOutput),
  restore: route('tasks', 'POST', '/tasks/{id}/restore', 'Bring back a deleted task')
    .input(tasks.taskInput)
    .output(tasks.taskIdOutput),
  suspend: route('tasks', 'POST', '/tasks/{id}/suspend', 'Stop a task from coming due')
    .input(tasks.taskInput)
    .output(tasks.stoppedTaskOutput),
  resume: route('tasks', 'POST', '/tasks/{id}/resume', 'Let a suspended task come due again')
    .input(tasks.taskInput)
    .output(tasks.taskIdOutput),
  run: route('tasks', 'POST', '/tasks/{id}/run', 'Run a task now')
    .input(tasks.runTaskInput)
    .output(tasks.runTaskOutput),
  try: route('tasks', 'POST', '/tasks/try', 'Run a definition that is not saved, once, on one machine')
    .input(edits.tryInput)
    .output(edits.tryOutput),
  bulk: route('tasks', 'POST', '/tasks/bulk', 'Suspend, resume, delete, restore or run many tasks')
    .input(edits.bulkInput)
    .output(edits.bulkOutput),
  revert: route('tasks', 'POST', '/tasks/{id}/revert', 'Bring a task, or a part of it, back to an earlier revision')
    .input(edits.revertInput)
    .output(edits.revertOutput),
  history: route('tasks', 'GET', '/tasks/{id}/history', 'Show who changed a task, when and how')
    .input(tasks.historyInput)
    .output(tasks.historyOutput),
  conflicts: route(
    'tasks',
    'GET',
    '/tasks/{id}/conflicts/{facet}',
    'Show the values of a facet that contradict each other',
  )
    .input(tasks.conflictsInput)
    .output(tasks.conflictsOutput),
  settle: route('tasks', 'POST', '/tasks/{id}/conflicts/{facet}', 'Choose one of the values that contradict each other')
    .input(tasks.settleInput)
    .output(tasks.taskIdOutput),
};

export const scheduleTable = {
  preview: route('schedule', 'POST', '/schedule/preview', 'Say in words what a schedule does, and its next instants')
    .input(previews.previewInput)
    .output(previews.previewOutput),
};
