/**
 * The catalogue of expected refusals. Each code has a kind (which decides the CLI exit code and the HTTP status) and
 * advice: what a person can do about it. A code is never renamed; tests show how each one arises.
 */

/**
 * - `usage`: the input is malformed; change it (exit 2, HTTP 400)
 * - `refused`: understood, but not allowed or not possible now (exit 3, HTTP 409/403/404)
 * - `unavailable`: the part that could answer cannot be reached (exit 4, HTTP 503)
 * - `failed`: it was tried and went wrong (exit 1, HTTP 500)
 */
export type ErrorKind = 'usage' | 'refused' | 'unavailable' | 'failed';

interface CatalogueEntry {
  readonly kind: ErrorKind;
  readonly advice: string;
}

export const ERROR_CATALOGUE = {
  // input
  INVALID_INPUT: { kind: 'usage', advice: 'Correct the named field and try again.' },
  INVALID_YAML: { kind: 'usage', advice: 'Correct the file at the named line; check indentation and quotes.' },
  UNKNOWN_FIELD: { kind: 'usage', advice: 'Remove the field or correct its spelling.' },
  INVALID_CRON: {
    kind: 'usage',
    advice: 'Correct the named cron field; `carillon next --cron "…"` shows what an expression does.',
  },
  IMPOSSIBLE_CRON: { kind: 'usage', advice: 'This expression never comes due; choose a date that exists.' },
  UNKNOWN_TIME_ZONE: {
    kind: 'usage',
    advice: 'Use a name of the IANA time zone database, such as Europe/Berlin or UTC.',
  },
  INVALID_CRONTAB: { kind: 'usage', advice: 'Correct the named line of the crontab.' },
  FILE_NOT_READABLE: { kind: 'usage', advice: 'Check that the file exists and that you may read it.' },
  FILE_NOT_WRITABLE: {
    kind: 'usage',
    advice: 'Choose a path that does not exist yet, in a folder that you may write.',
  },
  LIMIT_EXCEEDED: { kind: 'usage', advice: 'Make it smaller; docs/LIMITS.md lists every limit.' },
  // objects
  TASK_NOT_FOUND: { kind: 'refused', advice: '`carillon task list` shows the tasks that exist.' },
  RUN_NOT_FOUND: { kind: 'refused', advice: '`carillon runs` shows the runs that are known here.' },
  MACHINE_NOT_FOUND: { kind: 'refused', advice: '`carillon machines` shows the machines of the cluster.' },
  TASK_EXISTS: {
    kind: 'refused',
    advice: 'Choose another id, or use `carillon task apply` to change the existing task.',
  },
  REVISION_NOT_FOUND: { kind: 'refused', advice: '`carillon task history ID` shows the revisions of a task.' },
  TASK_CYCLE: {
    kind: 'refused',
    advice: 'Take one of the named tasks out of the circle: something else than an end of these must begin it.',
  },
  PARAMETER_INVALID: {
    kind: 'usage',
    advice: '`carillon task show ID` shows the parameters of a task, and what each of them takes.',
  },
  PARAMETER_WITHOUT_DEFAULT: {
    kind: 'usage',
    advice: 'Give the parameter a default, or let the task run by hand only: nobody gives values to what comes due.',
  },
  TASK_DELETED: { kind: 'refused', advice: 'Apply the task again to bring it back.' },
  CALENDAR_NOT_FOUND: { kind: 'refused', advice: '`carillon calendar list` shows the calendars that exist.' },
  CALENDAR_IN_USE: { kind: 'refused', advice: 'Take it out of the schedules of the named tasks first.' },
  CHANNEL_NOT_FOUND: { kind: 'refused', advice: '`carillon channel list` shows the channels that exist.' },
  CHANNEL_IN_USE: { kind: 'refused', advice: 'Take it out of the named tasks first.' },
  INVALID_ICAL: { kind: 'usage', advice: 'Export the calendar again as an iCalendar file (.ics).' },
  RUN_NOT_ACTIVE: { kind: 'refused', advice: 'Only a run that has not ended can be cancelled.' },
  // cluster
  NO_CLUSTER: {
    kind: 'refused',
    advice: 'Create a cluster with `carillon cluster create NAME`, or join one with `carillon join TOKEN`.',
  },
  ALREADY_IN_CLUSTER: {
    kind: 'refused',
    advice: 'This machine belongs to a cluster already; use another data folder to join a second one.',
  },
  MACHINE_REMOVED: {
    kind: 'refused',
    advice: 'It starts nothing any more. To let it in again: `carillon invite` on a machine of the cluster, then join.',
  },
  NOT_AUTHORIZED: { kind: 'refused', advice: 'A machine with the needed role must do this.' },
  LAST_OF_ROLE: {
    kind: 'refused',
    advice: 'Give the role to another machine first: `carillon machine roles NAME admin,editor,executor`.',
  },
  TOKEN_INVALID: { kind: 'usage', advice: 'Copy the whole token again; it starts with "carillon1".' },
  TOKEN_EXPIRED: { kind: 'refused', advice: 'Ask for a new invitation: `carillon invite`.' },
  TOKEN_USED: { kind: 'refused', advice: 'An invitation admits one machine; ask for a new one: `carillon invite`.' },
  TOKEN_CANCELLED: { kind: 'refused', advice: 'The invitation was taken back; ask for a new one: `carillon invite`.' },
  TOO_MANY_ATTEMPTS: { kind: 'refused', advice: 'Wait a while; each machine has only a few tries.' },
  INVITATION_NOT_FOUND: { kind: 'refused', advice: '`carillon invite --list` shows the invitations of this machine.' },
  PAIRING_NOT_FOUND: { kind: 'refused', advice: '`carillon pairing list` shows who asks to join.' },
  PAIRING_REFUSED: { kind: 'refused', advice: 'If that was a mistake, ask again: `carillon pair MACHINE`.' },
  PAIRING_MISMATCH: {
    kind: 'refused',
    advice:
      'Somebody may stand between the two machines; look at the network, then ask again: `carillon pair MACHINE`.',
  },
  PAIRING_EXPIRED: { kind: 'refused', advice: 'Nobody approved in time; ask again: `carillon pair MACHINE`.' },
  PAIRING_CANCELLED: { kind: 'refused', advice: 'To ask again: `carillon pair MACHINE` on the new machine.' },
  RECOVERY_WORDS_INVALID: {
    kind: 'usage',
    advice: 'Compare the words with the printed kit, one by one, in their order.',
  },
  RECOVERY_KIT_GONE: {
    kind: 'refused',
    advice: 'Use the printed kit. The machine that created the cluster keeps it until it is told to forget it.',
  },
  PEER_UNREACHABLE: {
    kind: 'unavailable',
    advice: 'Check that the other machine is on, and that both are on the same network.',
  },
  PEER_TIMEOUT: { kind: 'unavailable', advice: 'The other machine did not answer in time; try again.' },
  DOCUMENT_CONFLICT: {
    kind: 'refused',
    advice: 'Somebody changed the task meanwhile; read it again and repeat the change.',
  },
  DOCUMENT_CHANGE_INVALID: { kind: 'refused', advice: 'The change was damaged or forged and was not applied.' },
  // scheduling and claims
  NO_ELIGIBLE_MACHINE: {
    kind: 'refused',
    advice: 'No machine matches the placement of this task; see `carillon task owner ID`.',
  },
  NO_QUORUM: {
    kind: 'refused',
    advice: 'Too few machines can be reached to be sure; the task waits until they are back.',
  },
  // execution
  COMMAND_NOT_FOUND: { kind: 'failed', advice: 'Install the program on the machine, or correct its name or PATH.' },
  INTERPRETER_NOT_FOUND: {
    kind: 'failed',
    advice: 'Install the interpreter on the machine, or choose another one in the task.',
  },
  WORKING_DIRECTORY_MISSING: { kind: 'failed', advice: 'Create the folder on the machine, or correct the task.' },
  PERMISSION_DENIED: { kind: 'failed', advice: 'Allow the user of the agent to do this, or correct the task.' },
  ARGUMENTS_TOO_LONG: { kind: 'failed', advice: 'Shorten the arguments; pass long input on stdin instead.' },
  SPAWN_FAILED: { kind: 'failed', advice: 'See the reason; the process could not be started.' },
  LAUNCHER_UNAVAILABLE: {
    kind: 'failed',
    advice: 'The launcher is being restarted; the run is tried again by its retry policy.',
  },
  HTTP_REQUEST_FAILED: { kind: 'failed', advice: 'Check the address and that it can be reached from the machine.' },
  HTTP_EXPECTATION_FAILED: {
    kind: 'failed',
    advice: 'The answer was not the expected one; see the output of the run.',
  },
  // secrets
  SECRET_NOT_FOUND: {
    kind: 'refused',
    advice: '`carillon secret list` shows the secrets that exist; `carillon secret set NAME` makes one.',
  },
  SECRET_OUT_OF_SCOPE: {
    kind: 'refused',
    advice: 'Name another secret in the task, or let this task use it: `carillon secret scope NAME --task ID`.',
  },
  SECRET_NOT_FOR_THIS_MACHINE: {
    kind: 'refused',
    advice:
      'Place the task on machines that the secret’s scope allows. A machine that has just joined can open it as soon as an admin machine is on.',
  },
  SECRET_UNREADABLE: {
    kind: 'failed',
    advice: 'Set the secret again: `carillon secret set NAME`. This machine’s sealing key may have changed.',
  },
  USER_UNAVAILABLE: {
    kind: 'failed',
    advice: 'Look at the user directory of that machine (`getent passwd NAME`); the retry policy applies.',
  },
  SECRET_FILES_UNAVAILABLE: {
    kind: 'failed',
    advice: 'This machine has no folder in memory for files with secrets; give the secret by `environment` instead.',
  },
  NOTIFICATION_FAILED: {
    kind: 'failed',
    advice: 'Check the address of the channel, and that the machine that sends can reach it.',
  },
  NOTIFICATION_REFUSED: {
    kind: 'refused',
    advice: 'Correct the address or the secret of the channel: trying again would change nothing.',
  },
  OUTPUT_NOT_AVAILABLE: { kind: 'unavailable', advice: 'No machine that holds this output can be reached.' },
  // this machine
  SERVICE_UNAVAILABLE: {
    kind: 'unavailable',
    advice: '`carillon service install --print` shows the file and the commands, to be used by hand.',
  },
  AGENT_UNREACHABLE: {
    kind: 'unavailable',
    advice: 'Start the agent with `carillon start` (or `npm start`), or name its data folder with --data.',
  },
  AGENT_ALREADY_RUNNING: {
    kind: 'refused',
    advice: 'An agent already uses this data folder; stop it first, or choose another folder with --data.',
  },
  PORT_IN_USE: { kind: 'refused', advice: 'Choose another port, or stop the program that uses it.' },
  FOLDER_NOT_WRITABLE: {
    kind: 'refused',
    advice: 'Give the user of the agent write permission, or choose another folder with --data.',
  },
  KEY_UNREADABLE: {
    kind: 'refused',
    advice: 'Restore the key file from a backup, or move it away to start as a new machine.',
  },
  DATABASE_CORRUPT: {
    kind: 'failed',
    advice: 'The damaged file was kept aside; the agent rebuilds what its peers still hold.',
  },
  DATABASE_NEWER: { kind: 'refused', advice: 'This data folder was written by a newer version; update this program.' },
  BACKUP_INVALID: { kind: 'refused', advice: 'Choose another backup; `carillon backup` makes one that is whole.' },
  BACKUP_NOT_FOUND: { kind: 'refused', advice: '`carillon backup --list` shows the backups of this machine.' },
  FOLDER_IN_USE: {
    kind: 'refused',
    advice: 'Give another folder with --data, or move the old one away; nothing in it was touched.',
  },
  STORAGE_FULL: {
    kind: 'refused',
    advice: 'Free disk space; this machine takes no runs until then, and has lost nothing.',
  },
  STORAGE_FAILED: { kind: 'failed', advice: 'Check the disk; see the log for the reason.' },
  NODE_TOO_OLD: { kind: 'refused', advice: 'Start through npm (`npm start`), which brings its own Node 24.' },
  // API
  UNAUTHENTICATED: {
    kind: 'refused',
    advice: 'Open the console by a new login link: `carillon console link`.',
  },
  ORIGIN_REFUSED: {
    kind: 'refused',
    advice: 'The local API answers only to pages that it served itself, on loopback.',
  },
  SESSION_NOT_FOUND: { kind: 'refused', advice: '`carillon console sessions` shows the sessions of browsers.' },
  CONSOLE_NEEDS_TLS: {
    kind: 'usage',
    advice: 'Give a certificate and its key (--console-cert, --console-key), or leave the console on loopback.',
  },
  BUSY: { kind: 'unavailable', advice: 'Too many requests wait; try again in a moment.' },
  STOPPING: { kind: 'unavailable', advice: 'The agent is shutting down.' },
  INTERNAL: { kind: 'failed', advice: 'This is a fault of Carillon; the log holds the details.' },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** Every code, for schemas and for the test that produces each one. */
export const ERROR_CODES = Object.keys(ERROR_CATALOGUE) as [ErrorCode, ...ErrorCode[]];
