/** The secrets of the cluster, without their values: a value goes to the agent and is never held or shown here again. */
import type { ApiClient } from '../../../core/api/contract.ts';
import type { SecretOutput } from '../../../core/api/secret-schemas.ts';
import type { Outcome } from '../client/refusal.ts';
import { DocumentList } from './document-list.svelte.ts';

/** Where a secret may be used, as a form has it: nothing given restricts nothing. */
export interface ScopeDraft {
  readonly tasks: string;
  readonly labels: string;
}

export class SecretsState extends DocumentList<SecretOutput> {
  protected async read(api: ApiClient, signal: AbortSignal): Promise<readonly SecretOutput[]> {
    const { secrets } = await api.secrets.list({}, { signal });
    return [...secrets].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Sets a value; of a secret that is there, the scope stays unless one is given. */
  set(name: string, value: string, scope?: ScopeDraft): Promise<Outcome<unknown>> {
    return this.command((api, signal) =>
      api.secrets.set({ name, value, ...(scope === undefined ? {} : { scope: scopeOf(scope) }) }, { signal }),
    );
  }

  rescope(name: string, scope: ScopeDraft): Promise<Outcome<unknown>> {
    return this.command((api, signal) => api.secrets.scope({ name, scope: scopeOf(scope) }, { signal }));
  }

  remove(name: string): Promise<Outcome<unknown>> {
    return this.command((api, signal) => api.secrets.delete({ name }, { signal }));
  }
}

/** `a, b` and `os=linux, site=attic` as the agent takes them. */
export function scopeOf({ tasks, labels }: ScopeDraft): { tasks?: string[]; labels?: Record<string, string> } {
  const ids = partsOf(tasks);
  const pairs = partsOf(labels).map((pair): [string, string] => {
    const [key = '', ...value] = pair.split('=');
    return [key.trim(), value.join('=').trim()];
  });
  return {
    ...(ids.length === 0 ? {} : { tasks: ids }),
    ...(pairs.length === 0 ? {} : { labels: Object.fromEntries(pairs) }),
  };
}

export function scopeDraftOf({ tasks, labels }: SecretOutput['scope']): ScopeDraft {
  return {
    tasks: (tasks ?? []).join(', '),
    labels: Object.entries(labels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(', '),
  };
}

function partsOf(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
