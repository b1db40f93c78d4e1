/**
 * The sections of the settings, in the order of their list: each has an address (`#/settings/<id>`), a name, an icon, and
 * a view that is loaded when it is shown. Grouped by whom a change concerns: the cluster, this machine, this browser.
 */
import Archive from '@lucide/svelte/icons/archive';
import BellRing from '@lucide/svelte/icons/bell-ring';
import CalendarDays from '@lucide/svelte/icons/calendar-days';
import Info from '@lucide/svelte/icons/info';
import KeyRound from '@lucide/svelte/icons/key-round';
import Keyboard from '@lucide/svelte/icons/keyboard';
import Languages from '@lucide/svelte/icons/languages';
import Network from '@lucide/svelte/icons/network';
import Palette from '@lucide/svelte/icons/palette';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import UserPlus from '@lucide/svelte/icons/user-plus';
import Users from '@lucide/svelte/icons/users';
import type { Component } from 'svelte';
import type { MessageKey } from '../../i18n/language.svelte.ts';

export type SectionGroup = 'cluster' | 'machine' | 'browser';

export interface SettingsSection {
  readonly id: string;
  readonly group: SectionGroup;
  readonly label: MessageKey;
  readonly icon: Component<{ size?: number; class?: string; 'aria-hidden'?: 'true' }>;
  readonly load: () => Promise<{ readonly default: Component }>;
}

export const SECTION_GROUPS: Readonly<Record<SectionGroup, MessageKey>> = {
  cluster: 'settings.groupCluster',
  machine: 'settings.groupMachine',
  browser: 'settings.groupBrowser',
};

export const SECTIONS: readonly SettingsSection[] = [
  {
    id: 'cluster',
    group: 'cluster',
    label: 'settings.cluster',
    icon: Network,
    load: () => import('./ClusterSection.svelte'),
  },
  {
    id: 'members',
    group: 'cluster',
    label: 'machines.members',
    icon: Users,
    load: () => import('./MembersSection.svelte'),
  },
  {
    id: 'invitations',
    group: 'cluster',
    label: 'machines.invitationsTitle',
    icon: UserPlus,
    load: () => import('./InvitationsSection.svelte'),
  },
  {
    id: 'secrets',
    group: 'cluster',
    label: 'secrets.title',
    icon: KeyRound,
    load: () => import('./SecretsSection.svelte'),
  },
  {
    id: 'calendars',
    group: 'cluster',
    label: 'calendars.title',
    icon: CalendarDays,
    load: () => import('./CalendarsSection.svelte'),
  },
  {
    id: 'channels',
    group: 'cluster',
    label: 'channels.title',
    icon: BellRing,
    load: () => import('./ChannelsSection.svelte'),
  },
  {
    id: 'audit',
    group: 'cluster',
    label: 'auditLog.title',
    icon: ScrollText,
    load: () => import('./AuditSection.svelte'),
  },
  {
    id: 'policy',
    group: 'machine',
    label: 'policy.title',
    icon: ShieldCheck,
    load: () => import('./PolicySection.svelte'),
  },
  {
    id: 'backup',
    group: 'machine',
    label: 'backups.title',
    icon: Archive,
    load: () => import('./BackupSection.svelte'),
  },
  { id: 'about', group: 'machine', label: 'settings.about', icon: Info, load: () => import('./AboutSection.svelte') },
  {
    id: 'appearance',
    group: 'browser',
    label: 'settings.appearance',
    icon: Palette,
    load: () => import('./AppearanceSection.svelte'),
  },
  {
    id: 'language',
    group: 'browser',
    label: 'settings.language',
    icon: Languages,
    load: () => import('./LanguageSection.svelte'),
  },
  {
    id: 'keyboard',
    group: 'browser',
    label: 'settings.keyboard',
    icon: Keyboard,
    load: () => import('./KeyboardSection.svelte'),
  },
];
