/** Limits and times of notifications, their units in their names. `docs/LIMITS.md` explains them. */
import { assert } from '../std/assert.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const KIB = 1024;

export const NOTIFICATIONS = {
  channelsPerCluster: 50,
  /** Names of channels, deleted ones included: a deletion is remembered. */
  channelNames: 500,
  rulesPerTask: 8,
  urlLength: 2000,
  /** More than this at once become one digest. */
  noticesOneByOne: 3,
  /** What one machine sends to one channel within `windowMs`, digests included; the rest waits and goes as a digest. */
  sentPerWindow: 10,
  windowMs: 1 * MINUTE,
  /** Outcomes that wait for one channel on one machine; of further ones only the number is kept. */
  waitingPerChannel: 100,
  /** Outcomes that were told, remembered so that none is told twice. */
  rememberedNotices: 2000,
  retryMinMs: 5 * SECOND,
  retryMaxMs: 10 * MINUTE,
  /** What could not be sent for so long is given up. */
  giveUpMs: 6 * HOUR,
  /** A channel has this long to answer, its name looked up included. */
  answerMs: 15 * SECOND,
  /** What is read of an answer. */
  answerBytes: 4 * KIB,
  /** A mail server has this long for all of it, its name looked up included: some greet late on purpose. */
  mailMs: 60 * SECOND,
  /** One answer of a mail server. */
  mailAnswerBytes: 16 * KIB,
  mailRecipients: 20,
  mailAddressLength: 254,
  /** Characters of the line by which a mail is announced. */
  subjectLength: 200,
  /** What is sent, beyond which a digest names fewer outcomes. */
  bodyBytes: 64 * KIB,
} as const;

assert(NOTIFICATIONS.noticesOneByOne < NOTIFICATIONS.sentPerWindow, 'a digest finds room in its window');
assert(NOTIFICATIONS.retryMinMs < NOTIFICATIONS.retryMaxMs, 'the pause grows');
assert(NOTIFICATIONS.retryMaxMs < NOTIFICATIONS.giveUpMs, 'it is tried more than once');
