/**
 * The secrets of one run, in the launcher's memory from the start of the run to its end: put into the action where it
 * names them, and taken out of everything that the run says.
 */
import type { CommandAction, HttpAction, ShellAction } from '../../domain/action.ts';
import type { SecretReference } from '../../domain/secret.ts';
import type { LaunchRefusal } from './launch-refusal.ts';
import type { LaunchMessage } from './launcher-protocol.ts';
import { Redaction } from './redaction.ts';
import type { RunEnding } from './run-folder.ts';

/** A process with its secrets in place. */
export type PlainProcessAction = (Omit<CommandAction, 'environment'> | Omit<ShellAction, 'environment'>) & {
  readonly environment: Readonly<Record<string, string>>;
  /** By variable what is in the file that it names. */
  readonly files: Readonly<Record<string, string>>;
};

/** A request with its secrets in place. */
export type PlainHttpAction = Omit<HttpAction, 'headers' | 'body'> & {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Names of headers that hold secrets, in lower case, and whether the body does: these stay with their origin. */
  readonly secretHeaders: ReadonlySet<string>;
  readonly secretBody: boolean;
};

export type PlainSpec<A = PlainProcessAction | PlainHttpAction> = Omit<LaunchMessage, 'action' | 'secrets'> & {
  readonly action: A;
  readonly redaction: Redaction | undefined;
};

/** The run with its secrets in place; a refusal when one of them was not handed over. */
export function withSecrets({ secrets = {}, action, ...spec }: LaunchMessage): PlainSpec | LaunchRefusal {
  const missing: string[] = [];
  const valueOf = (name: string): string => {
    const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    if (value === undefined) missing.push(name);
    return value ?? '';
  };
  const plain = (text: string | SecretReference): string =>
    typeof text === 'string' ? text : `${text.prefix ?? ''}${valueOf(text.secret)}`;
  const filled =
    action.type === 'http'
      ? {
          ...action,
          headers: mapValues(action.headers, plain),
          body: action.body === undefined ? undefined : plain(action.body),
          secretHeaders: new Set(namesOfReferences(action.headers)),
          secretBody: typeof action.body === 'object',
        }
      : {
          ...action,
          environment: mapValues(action.environment, plain),
          files: mapValues(action.secretFiles ?? {}, valueOf),
        };
  if (missing.length > 0) {
    return { code: 'SECRET_UNREADABLE', text: `the secret ${missing.join(', ')} was not handed to the launcher` };
  }
  return { ...spec, action: filled, redaction: Redaction.of(Object.values(secrets)) };
}

/** The ending of a run without the secrets in it. */
export function redactEnding(redaction: Redaction | undefined, ending: RunEnding): RunEnding {
  if (redaction === undefined || ending.type === 'vanished') return ending;
  if (ending.type === 'not-started') return { ...ending, text: redaction.text(ending.text) };
  const { result, failure } = ending.outcome;
  return {
    type: 'ended',
    outcome: {
      ...ending.outcome,
      result: result === undefined ? undefined : redaction.json(result),
      failure: failure === undefined ? undefined : { ...failure, text: redaction.text(failure.text) },
    },
  };
}

function mapValues<T>(values: Readonly<Record<string, T>>, map: (value: T) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}

function namesOfReferences(headers: HttpAction['headers']): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (typeof value === 'object' ? [name.toLowerCase()] : []));
}
