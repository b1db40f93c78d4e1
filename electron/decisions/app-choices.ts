/** What a person chooses in the menu, as it stands now, and what choosing anew brings about. */
import { isKeyWrapped } from '../../core/adapters/keys/key-file.ts';
import type { LoginStart } from './autostart.ts';
import type { DesktopSettings } from './desktop-settings.ts';
import { type Keyring, whyNoKeyring } from './key-protection.ts';

/** A box in the menu that is ticked or not. */
export interface Choice {
  readonly isOn: boolean;
  set(wanted: boolean): void;
}

export interface AppChoices {
  readonly startAtLogin: Choice;
  readonly keepAwake: Choice;
  /** Undefined where the system has no keyring. */
  readonly keysInKeyring: Choice | undefined;
}

export interface ChoicesHost {
  readonly settings: Pick<DesktopSettings, 'choices' | 'keep'>;
  readonly login: LoginStart;
  readonly keyring: Keyring;
  readonly platform: string;
  readonly dataFolder: string;
  /** It learns where its keys are when it starts. */
  restartCore(): void;
  /** Being kept awake begins or ends. */
  showAgain(): void;
  /** The system did not do it: the menu must show what is. */
  refused(title: string, fault: unknown): void;
}

export function appChoices(host: ChoicesHost): AppChoices {
  const { settings, login } = host;
  const { keepAwake = false, keysInKeyring } = settings.choices;
  return {
    startAtLogin: {
      isOn: login.isOn(),
      set: (wanted) => {
        try {
          login.set(wanted);
        } catch (fault) {
          host.refused('Carillon cannot be started at login', fault);
        }
      },
    },
    keepAwake: {
      isOn: keepAwake,
      set: (wanted) => {
        settings.keep({ keepAwake: wanted });
        host.showAgain();
      },
    },
    keysInKeyring:
      whyNoKeyring(host.keyring, host.platform) === undefined
        ? {
            isOn: keysInKeyring ?? isKeyWrapped(host.dataFolder) ?? true,
            set: (wanted) => {
              settings.keep({ keysInKeyring: wanted });
              host.restartCore();
            },
          }
        : undefined,
  };
}
