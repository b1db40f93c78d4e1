/**
 * What the API needs of the program around it: facts to show, time, and the text functions that the language itself
 * lacks. Passed in, so that this room knows neither Node nor Electron.
 */
import type { BackupLabel } from '../domain/backup.ts';
import type { LocalPolicy } from '../domain/local-policy.ts';
import type { LocalPolicySource } from '../ports/local-policy-source.ts';
import type { Logger } from '../ports/logger.ts';
import type { Result } from '../std/result.ts';
import type { Check } from './health-schemas.ts';

/** The part of an AbortSignal that is used here. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** A browser that was let in by a login link. */
export interface ConsoleSession {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly usedAt: number;
  /** When it ends by itself, if it is not used before. */
  readonly expiresAt: number;
}

/** The keys of the console, as people handle them. */
export interface ConsoleAccess {
  /** The same one-time code for every door of the console, the one on loopback first. */
  loginLinks(): { readonly urls: readonly string[]; readonly expiresAt: number };
  sessions(): readonly ConsoleSession[];
  /** False when there is no such session. */
  endSession(id: string): boolean;
  /** How many there were. */
  endAllSessions(): number;
  /** A new token for programs of this user; the old one and all sessions end. */
  renewToken(): Promise<void>;
}

/** This machine's own policy, as its file has it. */
export interface PolicyAccess extends LocalPolicySource {
  readonly path: string;
  /** Puts a policy in the place of the present one: FOLDER_NOT_WRITABLE, STORAGE_FULL. */
  write(policy: LocalPolicy): Result<void>;
}

/** A backup that lies on this machine. */
export interface BackupFile {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Epoch milliseconds. */
  readonly madeAt: number;
}

/** A part of the file of a backup, as it is. */
export interface BackupPiece {
  /** Fewer than were asked for at the end of the file, none beyond it. */
  readonly bytes: Uint8Array;
  /** Of the whole file. */
  readonly sizeBytes: number;
}

/** The backups of this machine. */
export interface BackupAccess {
  /** Makes one of everything that is stored. @param tasks definitions as JSON text. STORAGE_FULL, STORAGE_FAILED, FOLDER_NOT_WRITABLE. */
  make(label: BackupLabel, tasks: readonly string[]): Promise<Result<BackupFile>>;
  /** Newest first. */
  list(): Promise<readonly BackupFile[]>;
  /** BACKUP_NOT_FOUND, BACKUP_INVALID, DATABASE_NEWER. */
  read(name: string): Promise<Result<{ readonly label: BackupLabel; readonly tasks: readonly string[] }>>;
  /** BACKUP_NOT_FOUND, STORAGE_FAILED. @param limit bytes at most. */
  readPiece(name: string, offset: number, limit: number): Promise<Result<BackupPiece>>;
  /** BACKUP_NOT_FOUND. */
  remove(name: string): Promise<Result<void>>;
}

export interface ApiHost {
  readonly version: string;
  readonly dataFolder: string;
  /** Whether the keys of this machine are wrapped by the keyring of its system. */
  keysInKeyring(): boolean;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  wallMs(): number;
  /** Resolves after `delayMs`, or at once when `signal` is aborted; never rejects. */
  sleep(delayMs: number, signal?: CancelSignal): Promise<void>;
  /** Reads UTF-8; what is not becomes U+FFFD. */
  decodeText(bytes: Uint8Array): string;
  encodeBase64(bytes: Uint8Array): string;
  readonly console: ConsoleAccess;
  readonly policy: PolicyAccess;
  readonly backups: BackupAccess;
  /** Checks of this program and its machine, for `doctor`. */
  checks(): Promise<readonly Check[]>;
}
