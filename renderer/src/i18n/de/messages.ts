/** Every German word of the console. */
import type { Messages } from '../en/messages.ts';
import { overview } from './overview.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { states } from './states.ts';
import { tasks } from './tasks.ts';
import { warnings } from './warnings.ts';

export const messages: Messages = { overview, settings, shell, states, tasks, warnings };
