/**
 * The way from a command to the agent: found by `console.json` in the data folder, asked over HTTP on loopback. Whatever
 * goes wrong on the way leaves as an `AppErrorException`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ORPCError, createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ApiClient } from '../../core/api/contract.ts';
import { type AppError, AppErrorException, appError } from '../../core/std/app-error.ts';
import { ERROR_CATALOGUE } from '../../core/std/error-codes.ts';

interface ConsoleAddress {
  readonly port: number;
  readonly token: string;
}

/** AGENT_UNREACHABLE when no agent uses the folder. @param dataFolder absolute path. */
export async function connectToAgent(dataFolder: string): Promise<ApiClient> {
  const { port, token } = await readAddress(dataFolder);
  const link = new RPCLink({
    url: `http://127.0.0.1:${port}/rpc`,
    headers: { authorization: `Bearer ${token}` },
    interceptors: [
      async (call) => {
        try {
          return await call.next();
        } catch (fault) {
          throw new AppErrorException(describeFault(fault, dataFolder));
        }
      },
    ],
  });
  return createORPCClient(link);
}

async function readAddress(dataFolder: string): Promise<ConsoleAddress> {
  const path = join(dataFolder, 'console.json');
  const text = await readFile(path, 'utf8').catch((fault: unknown) => {
    const missing = (fault as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'no agent uses it' : String(fault);
    throw new AppErrorException(appError('AGENT_UNREACHABLE', `no agent answers for ${dataFolder}: ${reason}`));
  });
  const address = parseAddress(text);
  if (address !== undefined) return address;
  throw new AppErrorException(appError('AGENT_UNREACHABLE', `${path} is damaged; restart the agent`));
}

function parseAddress(text: string): ConsoleAddress | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<string, unknown>> | null;
    const { port, token } = value ?? {};
    return typeof port === 'number' && typeof token === 'string' ? { port, token } : undefined;
  } catch {
    return undefined;
  }
}

/** The refusal that an exception of the client stands for. */
export function describeFault(fault: unknown, dataFolder: string): AppError {
  if (fault instanceof AppErrorException) return fault.error;
  if (!(fault instanceof ORPCError)) {
    const reason = fault instanceof Error ? causeText(fault) : String(fault);
    return appError('AGENT_UNREACHABLE', `no agent answers for ${dataFolder}: ${reason}`);
  }
  const carried = carriedError(fault.data);
  if (carried !== undefined) return carried;
  if (fault.status === 401 || fault.status === 403) {
    return appError('AGENT_UNREACHABLE', `what answers for ${dataFolder} is not its agent; restart the agent`);
  }
  if (fault.status === 413) return appError('LIMIT_EXCEEDED', 'the request is larger than the agent accepts');
  if (fault.status === 404) return appError('INTERNAL', 'the agent does not know this command; it may be older');
  return appError('INTERNAL', `the agent failed: ${fault.message}`);
}

function carriedError(data: unknown): AppError | undefined {
  const { code, message, advice, field } = (data ?? {}) as Partial<Record<keyof AppError, unknown>>;
  if (typeof code !== 'string' || !(code in ERROR_CATALOGUE) || typeof message !== 'string') return undefined;
  return appError(code as AppError['code'], message, {
    ...(typeof advice === 'string' ? { advice } : {}),
    ...(typeof field === 'string' ? { field } : {}),
  });
}

function causeText(fault: Error): string {
  const code = (fault.cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : fault.message;
}
