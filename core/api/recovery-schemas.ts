/** What the API says and takes of the recovery kit. */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';

export const recoveryKitOutput = z.object({ words: z.array(z.string()) });
export const forgottenOutput = z.object({ forgotten: z.literal(true) });
export const recoverInput = z.strictObject({ words: z.string().min(1).max(LIMITS.recoveryTextLength) });
/** The machine that is an admin now. */
export const recoveredOutput = z.object({ id: z.string() });
