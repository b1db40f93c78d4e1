/**
 * The shape of a task file, as people write it. It holds no defaults and transforms nothing: `task-file-build.ts` turns
 * it into definitions, whose own schemas know defaults and ranges. The published JSON Schema is generated from here, so
 * every field has a description and an example.
 */
import { z } from 'zod';
import { LIMITS } from '../config/constants.ts';
import { NOTIFICATIONS } from '../config/notifications.ts';
import { PARAMETERS } from '../config/parameters.ts';
import { TASK_ID_PATTERN } from '../domain/ids.ts';
import { NOTIFY_EVENTS, notifyEventSchema } from '../domain/notify.ts';
import { PARAMETER_TYPES } from '../domain/parameter.ts';
import { AFTER_OUTCOMES } from '../domain/schedule.ts';
import { DURATION_PATTERN } from './duration.ts';
import { SIZE_PATTERN } from './size.ts';

/** Text whose quotes may be left out even when YAML sees a number or a boolean: the reader takes it as it is written. */
const written = z.string().meta({ type: ['string', 'number', 'boolean'] });

const text = (description: string, ...examples: string[]) => z.string().meta({ description, examples });
const duration = (description: string, ...examples: string[]) =>
  z.string().meta({
    description: `${description} A duration: number and unit (ms, s, m, h, d, w).`,
    examples,
    pattern: DURATION_PATTERN.source,
  });
const secretReference = z
  .strictObject({
    secret: text('Name of a secret, whose value is put here when the run starts.', 'db-password'),
    prefix: text('Written before the value.', 'Bearer ').optional(),
  })
  .meta({ id: 'secret', description: 'The value of a secret: `carillon secret set NAME`.' });
const size = (description: string, ...examples: string[]) =>
  z.string().meta({
    description: `${description} A size: number and unit (B, kB, MB, GB, KiB, MiB, GiB).`,
    examples,
    pattern: SIZE_PATTERN.source,
  });

const instant = (description: string, ...examples: string[]) =>
  text(`${description} ISO 8601, with an offset (or Z), or else local time in the task's time zone.`, ...examples);

/** Each trigger has exactly one of these. */
export const TRIGGER_KINDS = ['cron', 'every', 'at', 'after', 'machine'] as const;

export const triggerFileSchema = z
  .strictObject({
    cron: text(
      'Five fields (minute, hour, day of month, month, day of week), six with seconds first, or a macro.',
      '30 2 * * *',
      '*/10 * * * * *',
      '@daily',
    ).optional(),
    every: duration('Comes due again and again after this long, at least one second.', '15m', '1h30m').optional(),
    anchor: instant(
      'For `every`: the instant that the intervals are counted from. Default: 1970-01-01T00:00:00Z.',
      '2026-01-01T06:00:00Z',
    ).optional(),
    at: instant('Comes due once, at this instant.', '2026-12-24T18:00:00+01:00', '2026-12-24 18:00').optional(),
    after: text('Id of another task: comes due whenever a run of that has ended.', 'nightly-backup').optional(),
    outcome: z
      .enum(AFTER_OUTCOMES)
      .meta({
        description:
          'For `after`: how that run must have ended. `failure` is failed, timed out or lost; `any` is these, success and cancelled. Default: success.',
        examples: ['failure'],
      })
      .optional(),
    machine: z
      .literal('start')
      .meta({ description: 'Comes due whenever a machine starts that may run it, on that machine.' })
      .optional(),
  })
  .meta({
    id: 'trigger',
    description: 'One way to come due: exactly one of `cron`, `every`, `at`, `after` and `machine`.',
    oneOf: TRIGGER_KINDS.map((kind) => ({ required: [kind] })),
  });
export type TriggerFile = z.infer<typeof triggerFileSchema>;

const shortTrigger = text(
  'A cron expression, a macro, `every` with a duration, `after` with the id of another task, or `at machine start`; `manual` for a task that runs by hand only.',
  '30 2 * * *',
  '@hourly',
  'every 15m',
  'after nightly-backup',
  'after nightly-backup failed',
  'at machine start',
  'manual',
);

const oneOrMany = (description: string, ...examples: string[]) =>
  z.union([z.string(), z.array(z.string()).max(16)]).meta({ description, examples });

const httpFileSchema = z
  .strictObject({
    url: text('Address, http or https.', 'https://intranet.example/health'),
    method: z
      .enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
      .meta({ description: 'Request method. Default: GET.' })
      .optional(),
    headers: z
      .record(z.string(), z.union([written, secretReference]))
      .meta({
        description: 'Request headers.',
        examples: [{ Accept: 'application/json' }, { Authorization: { secret: 'api-key', prefix: 'Bearer ' } }],
      })
      .optional(),
    body: z
      .union([z.string(), secretReference])
      .meta({ description: 'Request body.', examples: ['{"ping": true}'] })
      .optional(),
    expect: z
      .strictObject({
        status: z
          .union([z.int().min(100).max(599), z.array(z.int().min(100).max(599)).max(64)])
          .meta({ description: 'Accepted status codes. Default: any from 200 to 299.', examples: [200, [200, 204]] })
          .optional(),
        bodyContains: text('Text that the answer must contain.', '"status":"ok"').optional(),
      })
      .meta({ description: 'What the answer must be for the run to succeed.' })
      .optional(),
    followRedirects: z.boolean().meta({ description: 'Follow redirects. Default: true.' }).optional(),
  })
  .meta({ description: 'Sends an HTTP request and checks the answer.' });

const placementFileSchema = z
  .strictObject({
    on: z
      .union([z.string().min(1), z.int().min(1).max(LIMITS.machinesPerCluster)])
      .meta({
        description:
          '`one` eligible machine (default), `all` of them, a number of different ones, or the name or id of one machine.',
        examples: ['one', 'all', 2, 'living-room-pc'],
      })
      .optional(),
    labels: z
      .record(z.string(), written)
      .meta({ description: 'A machine must carry each of these labels.', examples: [{ room: 'office', gpu: 'yes' }] })
      .optional(),
    os: oneOrMany("Operating systems, as Node's process.platform names them.", 'linux', 'darwin', 'win32').optional(),
    arch: oneOrMany("Processor architectures, as Node's process.arch names them.", 'x64', 'arm64').optional(),
    minFreeMemory: size('Memory that must be free.', '512MiB', '2GiB').optional(),
  })
  .meta({ description: 'Where the task may run, and on how many machines.' });

const policyFileSchema = z
  .strictObject({
    guarantee: z
      .enum(['at-least-once', 'at-most-once'])
      .meta({
        description:
          'If the network splits: run on both sides rather than miss it (at-least-once, default), or wait rather than run twice (at-most-once).',
      })
      .optional(),
    overlap: z
      .enum(['skip', 'queue-one', 'queue-all', 'replace', 'allow'])
      .meta({
        description: 'What happens to an occurrence that comes due while an older run is active. Default: skip.',
      })
      .optional(),
    catchUp: z
      .union([
        z.enum(['skip', 'latest', 'all']),
        z.strictObject({
          mode: z.enum(['skip', 'latest', 'all']).meta({ description: 'Default: skip.' }).optional(),
          window: duration('Older than this is too old. Default: 24h.', '24h', '7d').optional(),
        }),
      ])
      .meta({
        description: 'What to do with occurrences that came due while no machine could run them. Default: skip.',
        examples: ['latest', { mode: 'all', window: '2h' }],
      })
      .optional(),
    retry: z
      .strictObject({
        attempts: z
          .int()
          .min(1)
          .max(LIMITS.attempts)
          .meta({ description: 'All attempts, the first included. Default: 1.', examples: [3] })
          .optional(),
        initial: duration('Wait before the second attempt. Default: 10s.', '10s').optional(),
        factor: z
          .number()
          .min(1)
          .max(10)
          .meta({ description: 'Each wait is this many times the one before. Default: 2.', examples: [2] })
          .optional(),
        max: duration('Longest wait. Default: 10m.', '10m').optional(),
      })
      .meta({ description: 'Whether and when a failed run is tried again.' })
      .optional(),
    timeout: duration('The whole process tree is ended after this long. Default: no limit.', '30m').optional(),
    killGrace: duration('KILL follows TERM after this long. Default: 10s.', '10s').optional(),
    priority: z
      .int()
      .min(-100)
      .max(100)
      .meta({ description: 'Higher starts first when slots are scarce. Default: 0.' })
      .optional(),
    onLost: z
      .union([
        z.enum(['report', 'rerun']),
        z.strictObject({ rerunAfter: duration('How long to wait for the machine to come back.', '60s') }),
      ])
      .meta({
        description:
          'What becomes of a run whose machine is gone. Default: rerun; report for at-most-once, which never runs again by itself.',
        examples: ['report', { rerunAfter: '2m' }],
      })
      .optional(),
    rerunAfter: duration('Wait before a lost run starts elsewhere. Default: 60s.', '60s').optional(),
    outputLimit: size('Output beyond this is counted and dropped. Default: 16MiB.', '1MiB').optional(),
  })
  .meta({ description: 'What happens when runs overlap, were missed, fail, take too long, or are lost.' });

const parameterFileSchema = z
  .strictObject({
    description: text('What it is for; shown beside its field.', 'Where to deploy').optional(),
    type: z
      .enum(PARAMETER_TYPES)
      .meta({ description: '`text` (default), `number`, `boolean`, or `choice` of one of `choices`.' })
      .optional(),
    required: z.boolean().meta({ description: 'It must have a value. Default: false.' }).optional(),
    default: written.meta({ description: 'What it has when nobody says anything.', examples: ['staging'] }).optional(),
    choices: z
      .array(written)
      .max(PARAMETERS.choices)
      .meta({ description: 'For `choice`: the values to choose from.', examples: [['staging', 'live']] })
      .optional(),
  })
  .meta({ id: 'parameter', description: 'A value that a person may say when running the task by hand.' });

const notifyRuleFileSchema = z
  .strictObject({
    channel: text('Name of a channel of the cluster: `carillon channel list`.', 'ops'),
    on: z
      .union([notifyEventSchema, z.array(notifyEventSchema).max(NOTIFY_EVENTS.length)])
      .meta({
        description:
          'What is told: `failure` (failed, timed out, lost or refused, and not tried again), `end` (any end), `recovery` (the first success after a failure), `missed` (not run when it should have been). Default: failure and recovery.',
        examples: ['end', ['failure', 'missed']],
      })
      .optional(),
  })
  .meta({ id: 'notify', description: 'Who is told, and of what.' });
const notifyFileSchema = z.union([z.string(), notifyRuleFileSchema]);

/** One task, as it stands in a file. */
export const taskFileSchema = z
  .strictObject({
    $schema: z.string().meta({ description: 'Address of this schema, for editors.' }).optional(),
    id: z
      .string()
      .meta({
        description:
          'Identity of the task: applying a file again changes the task with this id. Default: made from the name.',
        pattern: TASK_ID_PATTERN.source,
        examples: ['nightly-backup'],
      })
      .optional(),
    name: text('What people call it.', 'Nightly backup'),
    description: text('What it is for.', 'Copies the accounts to the NAS.').optional(),
    tags: z
      .array(written)
      .max(LIMITS.tagsPerTask)
      .meta({ description: 'Words to find it by.', examples: [['backup', 'office']] })
      .optional(),
    suspended: z.boolean().meta({ description: 'A suspended task runs by hand only. Default: false.' }).optional(),
    schedule: z
      .union([
        shortTrigger,
        triggerFileSchema,
        z.array(z.union([shortTrigger, triggerFileSchema])).max(LIMITS.triggersPerTask),
      ])
      .meta({
        description: 'When it comes due; several triggers as a list. Default: manual.',
        examples: [
          '30 2 * * *',
          'every 15m',
          'manual',
          { cron: '0 8 * * MON-FRI' },
          [{ every: '1h' }, { at: '2026-12-24 18:00' }],
        ],
      })
      .optional(),
    timezone: text(
      'A name of the IANA time zone database. Default: the zone of the machine that reads the file.',
      'Europe/Berlin',
      'UTC',
    ).optional(),
    start: instant('No occurrence before this instant.', '2026-12-01 00:00').optional(),
    end: instant('No occurrence at or after this instant.', '2027-01-01T00:00:00Z').optional(),
    calendars: z
      .strictObject({
        only: oneOrMany('It comes due only at times that are in one of these calendars.', 'office-hours').optional(),
        except: oneOrMany('It does not come due at times that are in one of these.', 'holidays').optional(),
      })
      .meta({
        description: 'Calendars of the cluster that it keeps to, or stays clear of: `carillon calendar list`.',
        examples: [{ except: 'holidays' }],
      })
      .optional(),
    jitter: duration(
      'Each occurrence comes due up to this much later, so that not all tasks start at once.',
      '5m',
    ).optional(),
    command: z
      .array(written)
      .min(1)
      .meta({
        description: 'The program and its arguments, as a list; no shell is involved.',
        examples: [['/usr/bin/rsync', '-a', '/srv', '/backup']],
      })
      .optional(),
    shell: text('A script for the interpreter.', 'df -h /\nuptime').optional(),
    interpreter: z
      .array(written)
      .min(1)
      .max(16)
      .meta({
        description: 'For `shell`: the program that is given the script file. Default: [/bin/sh].',
        examples: [['/bin/bash', '-eu'], ['python3']],
      })
      .optional(),
    http: httpFileSchema.optional(),
    environment: z
      .record(z.string(), z.union([written, secretReference]))
      .meta({
        description: "Variables, added to the agent's own environment.",
        examples: [{ BACKUP_LEVEL: '1' }, { DB_PASSWORD: { secret: 'db-password' } }],
      })
      .optional(),
    parameters: z
      .record(z.string(), parameterFileSchema)
      .meta({
        description:
          'By name (small letters, digits, `_`): what a person may say when running it by hand. `target` reaches the program as the variable CARILLON_PARAM_TARGET.',
        examples: [{ target: { type: 'choice', choices: ['staging', 'live'], default: 'staging' } }],
      })
      .optional(),
    secretFiles: z
      .record(z.string(), written)
      .meta({
        description:
          'By variable the name of a secret. The variable holds the path of a file in memory with its value.',
        examples: [{ DB_PASSWORD_FILE: 'db-password' }],
      })
      .optional(),
    workingDirectory: text(
      "Absolute path, or ~ for the home folder of the agent's user (default).",
      '/srv/data',
    ).optional(),
    user: text(
      "A user of the machine as whom it runs; the machine's own policy must list it. Default: as that policy says.",
      'backup',
    ).optional(),
    stdin: text("Written to the process's standard input. Default: a JSON description of the run.").optional(),
    placement: placementFileSchema.optional(),
    policy: policyFileSchema.optional(),
    notify: z
      .union([z.string(), notifyRuleFileSchema, z.array(notifyFileSchema).max(NOTIFICATIONS.rulesPerTask)])
      .meta({
        description: 'Channels that are told what became of its runs. A name alone: failures and recoveries.',
        examples: ['ops', [{ channel: 'ops', on: ['failure', 'missed'] }]],
      })
      .optional(),
  })
  .meta({
    id: 'task',
    title: 'Carillon task',
    description: 'A task: what to run, when, where, and what to do when something goes wrong.',
    oneOf: [{ required: ['command'] }, { required: ['shell'] }, { required: ['http'] }],
  });
export type TaskFile = z.infer<typeof taskFileSchema>;

/** A document that holds several tasks. */
export const taskListFileSchema = z
  .strictObject({
    $schema: z.string().meta({ description: 'Address of this schema, for editors.' }).optional(),
    tasks: z.array(taskFileSchema).max(LIMITS.tasksPerFile).meta({ description: 'The tasks of this file.' }),
  })
  .meta({ title: 'Carillon tasks', description: 'Several tasks in one document.' });

/** A document of a task file: one task, or a list of them. */
export const taskDocumentSchema = z
  .union([taskFileSchema, taskListFileSchema])
  .meta({ title: 'Carillon task file', description: 'One task, or several below `tasks:`.' });
