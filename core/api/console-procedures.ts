/** Handlers of the group `console`. */
import { appError } from '../std/app-error.ts';
import { err } from '../std/result.ts';
import { isoOf } from './api-values.ts';
import { type ApiParts, valueOf } from './implementer.ts';

export function consoleProcedures({ os, host }: ApiParts) {
  return {
    link: os.console.link.handler(() => {
      const { urls, expiresAt } = host.console.loginLinks();
      return { urls: [...urls], expiresAt: isoOf(expiresAt) };
    }),
    sessions: os.console.sessions.handler(() => ({
      sessions: host.console.sessions().map(({ id, createdAt, usedAt, expiresAt }) => ({
        id,
        createdAt: isoOf(createdAt),
        usedAt: isoOf(usedAt),
        expiresAt: isoOf(expiresAt),
      })),
    })),
    end: os.console.end.handler(({ input }) => {
      if (host.console.endSession(input.session)) return { ended: 1 };
      return valueOf(err(appError('SESSION_NOT_FOUND', `there is no session "${input.session}"`)));
    }),
    endAll: os.console.endAll.handler(() => ({ ended: host.console.endAllSessions() })),
    renewToken: os.console.renewToken.handler(async () => {
      const ended = host.console.sessions().length;
      await host.console.renewToken();
      return { ended };
    }),
  };
}
