/** What every probe of load says. It stands in each heartbeat, so what it says must be able to travel in one. */
import { describe, expect, it } from 'vitest';
import type { MachineId } from '../../core/domain/ids.ts';
import type { LoadProbe } from '../../core/ports/load-probe.ts';
import { decodeHeartbeat, encodeHeartbeat } from '../../core/protocol/codec.ts';
import { heartbeatOf } from './transport-messages.ts';

export function describeLoadProbe(name: string, self: MachineId, create: () => LoadProbe): void {
  describe(`${name} as a probe of load`, () => {
    it('measures free bytes, and a load from 0 to 1, as often as it is asked', () => {
      const probe = create();
      for (let count = 0; count < 100; count += 1) {
        const { freeMemoryBytes, processorLoad } = probe.measure();
        expect(Number.isSafeInteger(freeMemoryBytes)).toBe(true);
        expect(freeMemoryBytes).toBeGreaterThanOrEqual(0);
        expect(processorLoad).toBeGreaterThanOrEqual(0);
        expect(processorLoad).toBeLessThanOrEqual(1);
      }
    });

    it('measures what a heartbeat can carry', () => {
      const heartbeat = { ...heartbeatOf(self, 1), load: { slotsUsed: 0, ...create().measure() } };
      expect(decodeHeartbeat(encodeHeartbeat(heartbeat))).toEqual({ ok: true, value: heartbeat });
    });
  });
}
