/** What went wrong with a call, in the form of the catalogue, whichever way it went wrong. */
import { ORPCError } from '@orpc/client';
import type { Translate } from '../i18n/language.svelte.ts';

/** Mirrors the API's `AppError`: what happened, what to do, and which field is meant. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
  readonly field?: string;
}

/** A call that could not be made because the connection is down. */
export function offline(t: Translate): Refusal {
  return { code: 'AGENT_UNREACHABLE', message: t('shell.unreachable'), advice: t('shell.unreachableAdvice') };
}

/** The refusal that `fault` carries; faults of the connection become AGENT_UNREACHABLE. */
export function refusalOf(fault: unknown, t: Translate): Refusal {
  if (fault instanceof ORPCError) {
    const data: unknown = fault.data;
    if (isRefusal(data)) return { ...data, message: sentence(data.message) };
    return { code: 'INTERNAL', message: sentence(fault.message), advice: t('shell.faultAdvice') };
  }
  if (fault instanceof Error && fault.name === 'TimeoutError') {
    return { code: 'PEER_TIMEOUT', message: t('shell.tooSlow'), advice: t('shell.tooSlowAdvice') };
  }
  return offline(t);
}

function isRefusal(data: unknown): data is Refusal {
  if (typeof data !== 'object' || data === null) return false;
  const { code, message, advice } = data as Record<string, unknown>;
  return typeof code === 'string' && typeof message === 'string' && typeof advice === 'string';
}

/** A message of the catalogue as a sentence: these begin in lower case, for the command line puts words before them. */
export function sentence(text: string): string {
  const upper = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(upper) ? upper : `${upper}.`;
}

/** What a call came to. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };
