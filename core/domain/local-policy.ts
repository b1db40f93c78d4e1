/**
 * What the person in charge of a machine lets the cluster do there. It lies in the data folder of that machine, is edited
 * on that machine alone, and nothing that comes from another one changes it. An empty policy allows everything.
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { userNameSchema } from './action.ts';
import { instantSchema } from './instant.ts';

/** The types of actions that a policy can name. */
export const ACTION_TYPES = ['command', 'shell', 'http'] as const;

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day is HH:MM, such as 22:00');

export const localPolicySchema = z.strictObject({
  /** Runs at once; the agent's own number when absent. 0: none. */
  slots: z.int().min(0).max(LIMITS.slots).optional(),
  /** Only tasks of these types. Absent: all. */
  actionTypes: z.array(z.enum(ACTION_TYPES)).min(1).max(ACTION_TYPES.length).optional(),
  /** No task that has one of these tags. */
  forbiddenTags: z.array(z.string().trim().min(1).max(64)).max(LIMITS.policyTags).optional(),
  /**
   * Only tasks whose working folder, and whose program where it is named by its path, lie in one of these. It guards
   * against mistakes: what runs there may still reach whatever its user may.
   */
  folders: z
    .array(
      z
        .string()
        .max(LIMITS.policyFolderLength)
        .regex(/^(\/|[A-Za-z]:[\\/])/, 'a folder is an absolute path'),
    )
    .min(1)
    .max(LIMITS.policyFolders)
    .optional(),
  /** Users of this machine as whom tasks may ask to run. Absent: none; tasks then run as `runAs`. */
  users: z.array(userNameSchema).min(1).max(LIMITS.policyUsers).optional(),
  /** The user as whom tasks run that name none; the agent's own when absent. Needs an agent that runs as root. */
  runAs: userNameSchema.optional(),
  /** New runs start on mains power only. A machine that cannot tell is taken to be on mains. */
  mainsOnly: z.boolean().optional(),
  /** New runs start only when nobody has used the machine for so many minutes. One that cannot tell is taken to be idle. */
  idleMinutes: z
    .int()
    .min(1)
    .max(24 * 60)
    .optional(),
  /** No new runs start from one time of day to another, by the machine's own clock and time zone; over midnight too. */
  quietHours: z
    .array(z.strictObject({ from: timeOfDay, until: timeOfDay }))
    .max(8)
    .optional(),
  /** No new runs start before this instant; `true`: until a person ends the pause. */
  paused: z.union([z.literal(true), instantSchema]).optional(),
});
export type LocalPolicy = z.infer<typeof localPolicySchema>;

/** What the machine found when it last looked. */
export interface PolicyReading {
  readonly policy: LocalPolicy;
  /** Why the policy cannot be read: then the machine takes no runs at all. */
  readonly problem?: string;
  /** Absent: unknown. */
  readonly onMains?: boolean;
  /** For how long nobody has used the machine. Absent: unknown. */
  readonly idleMs?: number;
  /** IANA name of the machine's time zone. */
  readonly zone: string;
}

/** Everything is allowed. */
export const OPEN_POLICY: PolicyReading = { policy: {}, zone: 'UTC' };
