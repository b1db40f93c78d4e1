/** The carriers of the table: RPC over WebSocket, message port and HTTP, REST with its OpenAPI document. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ORPCError } from '@orpc/server';
import { BodyLimitPlugin, RPCHandler as HttpRpcHandler } from '@orpc/server/node';
import { RPCHandler as SocketRpcHandler } from '@orpc/server/ws';
import { OpenAPIHandler } from '@orpc/openapi/node';
import { SmartCoercionPlugin } from '@orpc/json-schema';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import type { WebSocket } from 'ws';
import { PortSocket, type Wire } from '../../core/carrier/port-socket.ts';
import { LIMITS } from '../../core/config/constants.ts';
import { appErrorSchema } from '../../core/api/api-errors.ts';
import { openApiDocument } from '../../core/api/openapi.ts';
import type { ApiRouter } from '../../core/api/router.ts';
import { type AppError, appError } from '../../core/std/app-error.ts';
import { fairSocket } from './fair-socket.ts';
import { answerError, errorBody } from './http-answers.ts';
import { isRpcMessage } from './rpc-message.ts';

const RPC_PATH = '/rpc';
const REST_PATH = '/api';
const DOCUMENT_PATH = '/api/openapi.json';

export interface Carriers {
  /** True when the path belongs to the API, and so needs the token. */
  owns(path: string): boolean;
  /** Answers a request whose sender has been checked. */
  handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  /** Serves the table to an open socket until it is closed. */
  attach(socket: WebSocket): void;
  /** Serves it to a message port of this program's own window. Returns how to end it. */
  attachPort(wire: Wire): () => void;
}

/** @param version of the program, for the OpenAPI document. */
export function createCarriers(router: ApiRouter, version: string): Carriers {
  const limit = new BodyLimitPlugin<Record<never, never>>({ maxBodySize: LIMITS.requestBodyBytes });
  const rpc = new HttpRpcHandler(router, { plugins: [limit] });
  const socketRpc = new SocketRpcHandler(router);
  const rest = new OpenAPIHandler(router, {
    plugins: [limit, new SmartCoercionPlugin({ schemaConverters: [new ZodToJsonSchemaConverter()] })],
    customErrorResponseBodyEncoder: (error: ORPCError<string, unknown>) => errorBody(appErrorOf(error)),
  });
  let document: Promise<string> | undefined;

  return {
    owns: (path) => isUnder(path, RPC_PATH) || isUnder(path, REST_PATH),
    handle: async (request, response, path) => {
      response.setHeader('Cache-Control', 'no-store');
      if (path === DOCUMENT_PATH && request.method === 'GET') {
        document ??= openApiDocument(version, REST_PATH).then((content) => JSON.stringify(content));
        response.setHeader('Content-Type', 'application/json; charset=utf-8');
        response.end(await document);
        return;
      }
      const { matched } = isUnder(path, RPC_PATH)
        ? await rpc.handle(request, response, { prefix: RPC_PATH, context: {} })
        : await rest.handle(request, response, { prefix: REST_PATH, context: {} });
      if (!matched) {
        const what = `${request.method ?? ''} ${path.slice(0, 200)}`;
        answerError(
          response,
          appError('INVALID_INPUT', `the API has no ${what}`, { advice: `See ${DOCUMENT_PATH}.` }),
          404,
        );
      }
    },
    attach: (socket) => {
      void socketRpc.upgrade(fairSocket(socket), { context: {} });
    },
    attachPort: (wire) => {
      const port = new PortSocket(wire, { serves: true, mostLength: LIMITS.requestBodyBytes, accepts: isRpcMessage });
      // All that is used of a socket is there.
      void socketRpc.upgrade(port as unknown as WebSocket, { context: {} });
      return () => port.close();
    },
  };
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** The refusal inside an oRPC error; for errors of the carrier itself the nearest one. */
function appErrorOf(error: ORPCError<string, unknown>): AppError {
  const carried = appErrorSchema.safeParse(error.data);
  if (carried.success) {
    const { code, message, advice, field } = carried.data;
    return { code, message, advice, ...(field === undefined ? {} : { field }) };
  }
  if (error.status === 413) {
    return appError('LIMIT_EXCEEDED', `the request is larger than ${LIMITS.requestBodyBytes} bytes`);
  }
  if (error.status < 500) return appError('INVALID_INPUT', error.message);
  return appError('INTERNAL', 'the request failed unexpectedly');
}
