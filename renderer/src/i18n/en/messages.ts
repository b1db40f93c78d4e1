/** Every English word of the console, a file a place. Other languages have exactly these keys: their types say so. */
import { shell } from './shell.ts';
import { tasks } from './tasks.ts';

export const messages = { shell, tasks };
export type Messages = typeof messages;
