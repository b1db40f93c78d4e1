/**
 * Power and use of the machine, as the desktop knows them: the core takes leave before the machine sleeps and comes back
 * when it wakes; mains and idle time feed the machine's own policy; on request the machine stays awake while tasks run.
 */
import { powerMonitor, powerSaveBlocker } from 'electron';
import type { Conditions } from '../shared/core-messages.ts';

const LOOK_MS = 10_000;

export interface PowerActions {
  sleep(): void;
  wake(): void;
  /** The machine shuts down. */
  shutdown(): void;
  conditions(conditions: Conditions): void;
}

/** Once the app is ready. Returns how to stop. */
export function watchPower(actions: PowerActions): () => void {
  const look = (): void =>
    actions.conditions({ onMains: !powerMonitor.isOnBatteryPower(), idleMs: powerMonitor.getSystemIdleTime() * 1000 });
  powerMonitor.on('suspend', () => actions.sleep());
  powerMonitor.on('resume', () => actions.wake());
  // Its declaration lacks the event: prevented, the system waits a while for the app to end.
  powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
    event?.preventDefault();
    actions.shutdown();
  });
  powerMonitor.on('on-ac', look);
  powerMonitor.on('on-battery', look);
  look();
  const timer = setInterval(look, LOOK_MS);
  return () => clearInterval(timer);
}

/** Keeps the machine from falling asleep; the screen may go dark. */
export class WakeLock {
  #id: number | undefined;

  hold(wanted: boolean): void {
    if (wanted === (this.#id !== undefined)) return;
    if (this.#id !== undefined) powerSaveBlocker.stop(this.#id);
    this.#id = wanted ? powerSaveBlocker.start('prevent-app-suspension') : undefined;
  }
}
