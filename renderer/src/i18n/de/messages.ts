/** Every German word of the console. */
import type { Messages } from '../en/messages.ts';
import { shell } from './shell.ts';
import { tasks } from './tasks.ts';

export const messages: Messages = { shell, tasks };
