/** How a notification came to nothing, in words for people. They name hosts, and never paths, passwords or secrets. */
import type { NotifyFailure } from '../../ports/notifier.ts';
import { err, type Result } from '../../std/result.ts';

/** The code of an address that may not be connected to. */
export const NOT_ALLOWED = 'ADDRESS_NOT_ALLOWED';

/** Trying again later may help. */
export function failed(text: string): Result<never, NotifyFailure> {
  return err({ code: 'NOTIFICATION_FAILED', text, retry: true });
}

/** The same will be refused again. */
export function refused(text: string): Result<never, NotifyFailure> {
  return err({ code: 'NOTIFICATION_REFUSED', text, retry: false });
}

export function notAllowed(host: string): Result<never, NotifyFailure> {
  return refused(`${host} is this machine itself, or an address that notifications may not go to`);
}

/** The code of a fault of the system or of a library. */
export function codeOf(fault: unknown): string | undefined {
  return fault instanceof Error && 'code' in fault && typeof fault.code === 'string' ? fault.code : undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection broke',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up now',
  ETIMEDOUT: 'it did not answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'nobody that this machine trusts vouches for its certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'nobody that this machine trusts vouches for its certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'nobody that this machine trusts vouches for its certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'nobody that this machine trusts vouches for its certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** Why a connection came to nothing. */
export function wordsOf(code: string | undefined): string {
  return WORDS[code ?? ''] ?? code ?? 'the connection failed';
}
