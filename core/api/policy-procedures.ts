/** Handlers of the group `policy`: of this machine alone, and only here. */
import { momentRefusal } from '../scheduling/policy-moments.ts';
import type { ApiHost } from './api-host.ts';
import { type ApiParts, valueOf } from './implementer.ts';
import type { PolicyOutput } from './policy-schemas.ts';

export function policyProcedures({ os, host }: ApiParts) {
  return {
    show: os.policy.show.handler(() => policyOutputOf(host)),
    put: os.policy.put.handler(({ input }) => {
      valueOf(host.policy.write(input.policy));
      return policyOutputOf(host);
    }),
  };
}

function policyOutputOf(host: ApiHost): PolicyOutput {
  const reading = host.policy.read();
  return {
    path: host.policy.path,
    policy: reading.policy,
    problem: reading.problem ?? null,
    refusal: momentRefusal(reading, host.wallMs()) ?? null,
    onMains: reading.onMains ?? null,
    idleMs: reading.idleMs ?? null,
    timeZone: reading.zone,
  };
}
