/** Theme, power and screens of the machine that the double pretends to have. */
import { EventEmitter } from 'node:events';
import { needsReady, note, state } from './double-state.ts';

class NativeTheme extends EventEmitter {
  #source = 'system';

  get themeSource(): string {
    return this.#source;
  }

  set themeSource(source: string) {
    this.#source = source;
    state.bus.emit('theme', source === 'dark');
    this.emit('updated');
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark';
  }
}

class PowerMonitor extends EventEmitter {
  #onBattery = false;
  #idleSeconds = 0;

  override on(event: string, listener: (...values: unknown[]) => void): this {
    needsReady('powerMonitor');
    return super.on(event, listener);
  }

  isOnBatteryPower(): boolean {
    return this.#onBattery;
  }

  getSystemIdleTime(): number {
    return this.#idleSeconds;
  }

  /** For the specs. */
  static pretend(monitor: PowerMonitor, onBattery: boolean, idleSeconds: number): void {
    monitor.#onBattery = onBattery;
    monitor.#idleSeconds = idleSeconds;
    monitor.emit(onBattery ? 'on-battery' : 'on-ac');
  }
}

export const nativeTheme = new NativeTheme();
export const powerMonitor = new PowerMonitor();
Object.assign(state, {
  pretendPower: (onBattery: boolean, idleSeconds: number) => PowerMonitor.pretend(powerMonitor, onBattery, idleSeconds),
});

export const crashReporter = {
  start: (options: { readonly uploadToServer?: boolean }): void => {
    if (state.ready) throw new Error('double: the reporter of crashes is started too late');
    note('crashReporter.start', options);
  },
};

const blockers = new Set<number>();

export const powerSaveBlocker = {
  start: (type: string): number => {
    note('powerSaveBlocker.start', type);
    const id = blockers.size + 1;
    blockers.add(id);
    return id;
  },
  stop: (id: number): boolean => {
    note('powerSaveBlocker.stop', id);
    return blockers.delete(id);
  },
  isStarted: (id: number): boolean => blockers.has(id),
};

export const screen = {
  getAllDisplays: (): { workArea: { x: number; y: number; width: number; height: number } }[] => {
    needsReady('screen');
    return [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }];
  },
};
