/** The API over a real peer of a simulated cluster: calls are answered while virtual time passes. */
import { createRouterClient } from '@orpc/server';
import type { ApiClient } from '../../../core/api/contract.ts';
import { createRouter } from '../../../core/api/router.ts';
import type { AppError } from '../../../core/std/app-error.ts';
import { createFakeApiHost } from '../../fakes/api-host.ts';
import type { SimCluster } from '../../simulator/sim-cluster.ts';

const STEP_MS = 50;
const MOST_STEPS = 200;

export interface SimApi {
  readonly client: ApiClient;
  /** Lets time pass until the call is answered. */
  answer<T>(call: Promise<T>): Promise<T>;
  /** The same for a call that is refused: what it carries. */
  refusal(call: Promise<unknown>): Promise<AppError>;
}

/** @param index the machine that answers */
export function simApi(cluster: SimCluster, index: number): SimApi {
  const machine = cluster.machine(index);
  const host = { ...createFakeApiHost(), wallMs: () => machine.wallMs() };
  const client: ApiClient = createRouterClient(createRouter(machine.peer, host), { context: {} });
  const answer = async <T>(call: Promise<T>): Promise<T> => {
    let settled = false;
    const watched = call.finally(() => {
      settled = true;
    });
    watched.catch(() => undefined);
    for (let step = 0; step < MOST_STEPS && !settled; step += 1) {
      await cluster.run(STEP_MS);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!settled) throw new Error('nobody has answered');
    return watched;
  };
  return {
    client,
    answer,
    refusal: async (call) => {
      const fault: unknown = await answer(call).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const { data } = (fault ?? {}) as { data?: AppError };
      if (data === undefined) throw new Error(`it was not refused: ${String(fault)}`);
      return data;
    },
  };
}
