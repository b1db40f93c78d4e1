/** The group `backups` of the table. */
import * as backups from './backup-schemas.ts';
import { nothing, route } from './route.ts';
import { applyTasksOutput } from './task-schemas.ts';

export const backupsTable = {
  make: route('backups', 'POST', '/backups', 'Make a backup of the cluster’s tasks, roster and history on this machine')
    .input(nothing)
    .output(backups.backupOutput),
  list: route('backups', 'GET', '/backups', 'List the backups on this machine, newest first')
    .input(nothing)
    .output(backups.backupListOutput),
  tasks: route('backups', 'GET', '/backups/{name}/tasks', 'Compare the tasks in a backup with those of the cluster')
    .input(backups.backupInput)
    .output(backups.backupTasksOutput),
  download: route('backups', 'GET', '/backups/{name}/file', 'Give the file of a backup, piece by piece')
    .input(backups.backupPieceInput)
    .output(backups.backupPieceOutput),
  bringBack: route('backups', 'POST', '/backups/{name}/tasks', 'Make tasks again what they were in a backup')
    .input(backups.bringBackInput)
    .output(applyTasksOutput),
  remove: route('backups', 'DELETE', '/backups/{name}', 'Delete a backup from this machine')
    .input(backups.backupInput)
    .output(backups.backupNameOutput),
};
