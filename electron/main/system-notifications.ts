/** Notifications of the system. */
import { Notification } from 'electron';
import type { Tell } from '../decisions/notifier.ts';

/** Notifications that nobody holds are collected, and their clicks with them. */
const MOST_HELD = 20;

/** @param open goes to the place that a notification was about. */
export function systemNotifications(open: (hash: string) => void): Tell {
  const held: Notification[] = [];
  return (title, body, hash) => {
    if (!Notification.isSupported()) return;
    const notification = new Notification({ title, body });
    notification.on('click', () => open(hash));
    held.push(notification);
    if (held.length > MOST_HELD) held.shift();
    notification.show();
  };
}
