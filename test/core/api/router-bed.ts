/** The router over a peer in memory, as the tests of the API use it. */
import { createRouterClient } from '@orpc/server';
import { expect } from 'vitest';
import type { ApiClient } from '../../../core/api/contract.ts';
import { createRouter } from '../../../core/api/router.ts';
import { createFakeApiHost } from '../../fakes/api-host.ts';
import { createFakePeer, type FakePeer } from '../../fakes/peer-handle.ts';

interface RouterBed {
  readonly peer: FakePeer;
  readonly host: ReturnType<typeof createFakeApiHost>;
  readonly client: ApiClient;
}

/** A client of a router of its own, with its peer and host. */
export function setUp(): RouterBed {
  const peer = createFakePeer(['beta', 'gamma']);
  const host = createFakeApiHost();
  const client: ApiClient = createRouterClient(createRouter(peer, host), { context: {} });
  return { peer, host, client };
}

/** What a refused call carries. */
export async function refusal(call: Promise<unknown>): Promise<{ status: number; error: unknown }> {
  const fault = (await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )) as { status: number; data: unknown; defined: boolean } | undefined;
  expect(fault?.defined).toBe(true);
  return { status: fault?.status ?? 0, error: fault?.data };
}
