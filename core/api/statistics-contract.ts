/** The group `statistics` of the table. */
import { route } from './route.ts';
import * as statistics from './statistics-schemas.ts';

export const statisticsTable = {
  show: route(
    'statistics',
    'GET',
    '/statistics',
    'Show how often runs succeed, how long they take and when there are most',
  )
    .input(statistics.statisticsInput)
    .output(statistics.statisticsOutput),
  usual: route('statistics', 'POST', '/statistics/usual', 'Say how long the newest runs of tasks took')
    .input(statistics.usualInput)
    .output(statistics.usualOutput),
};
