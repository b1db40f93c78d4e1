/**
 * `carillon pair MACHINE`: asks a machine nearby to let this one join, shows the six digits, hears from the person whether
 * the other machine shows the same, and waits for the decision there.
 */
import type { Command } from 'commander';
import type { ApiClient } from '../../core/api/contract.ts';
import type { OwnPairing } from '../../core/api/pairing-schemas.ts';
import { AppErrorException, appError } from '../../core/std/app-error.ts';
import { ERROR_CATALOGUE, type ErrorCode } from '../../core/std/error-codes.ts';
import type { CliHost } from './cli-host.ts';
import { type Outcome, type Session, handle, newCommand, usageError } from './command.ts';
import { readLine } from './read-input.ts';
import { terminalText } from './terminal-text.ts';
import { relativeTime } from './times.ts';

const ANSWER_LENGTH = 1000;
const LOOK_EVERY_MS = 300;

export function pairCommand(host: CliHost): Command {
  const command = newCommand(
    'pair [machine]',
    'Ask a machine nearby to let this one join its cluster',
    'carillon pair nas\ncarillon pair /ip4/192.168.1.7/tcp/7421/p2p/12D3Koo…\ncarillon pair --cancel',
  ).option('--cancel', 'give up asking');
  return handle<{ cancel?: true }>(command, host, async (session, { cancel }, machine) => {
    const client = await session.connect();
    if (cancel === true) {
      if (machine !== undefined) throw usageError('--cancel takes no machine', 'cancel');
      return { value: await client.pairing.cancel({}), text: 'This machine asks nobody any more.' };
    }
    if (machine === undefined) throw usageError('name the machine to ask; `carillon nearby` shows them', 'machine');
    return pairWith(session, client, machine);
  });
}

/** The digits go to standard error, so that standard output holds the outcome alone. */
async function pairWith(session: Session, client: ApiClient, machine: string): Promise<Outcome> {
  const { host, paint } = session;
  const asked = await client.pairing.ask({ to: machine });
  const digits = paint.bold(`${asked.digits.slice(0, 3)} ${asked.digits.slice(3)}`);
  const lines = [
    `"${asked.name}" of the cluster "${asked.cluster.name}" shows six digits: in its console, or by \`carillon pairing list\`.`,
    '',
    `    ${digits}`,
    '',
    `This is open for ${relativeTime(asked.expiresAt, host.now()).replace(/^in /, '')}. Does it show the same digits? [yes/no]`,
  ];
  host.writeError(terminalText(`${lines.join('\n')}\n`));
  const same = /^y(es)?$/i.test(await readLine(host, ANSWER_LENGTH));
  await client.pairing.confirm({ same });
  if (!same) {
    const message = 'the two machines showed different digits, or nobody said that they show the same';
    throw new AppErrorException(appError('PAIRING_MISMATCH', message));
  }
  host.writeError(`Waiting until somebody approves it there: carillon pairing approve …\n`);
  const own = await decided(client);
  if (own.failure !== null) throw new AppErrorException(failureOf(own.failure));
  const value = { id: own.cluster?.id ?? asked.cluster.id, name: own.cluster?.name ?? asked.cluster.name };
  return { value, text: `This machine belongs to the cluster "${value.name}" now.` };
}

/** The agent ends it by itself when its time is over. */
async function decided(client: ApiClient): Promise<OwnPairing> {
  for (;;) {
    const { own } = await client.pairing.list({});
    if (own === null || own.state === 'joined' || own.state === 'ended') return own ?? GONE;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** The agent was started anew meanwhile. */
const GONE: OwnPairing = {
  asked: '',
  state: 'ended',
  name: null,
  cluster: null,
  digits: null,
  confirmed: false,
  expiresAt: '',
  failure: { code: 'PAIRING_CANCELLED', message: 'the agent of this machine has forgotten it', advice: 'Ask again.' },
};

function failureOf({ code, message, advice }: { code: string; message: string; advice: string }) {
  const known: ErrorCode = code in ERROR_CATALOGUE ? (code as ErrorCode) : 'PAIRING_REFUSED';
  return appError(known, message, { advice });
}
