/** The channels of the cluster: how people and programs are told what became of runs. */
import type { ChannelOutput } from '../../../core/api/channel-schemas.ts';
import type { ApiClient } from '../../../core/api/contract.ts';
import type { Outcome } from '../client/refusal.ts';
import { DocumentList, type ListPage } from './document-list.svelte.ts';

export type ChannelValue = ChannelOutput['channel'];
export type ProofUse = 'none' | NonNullable<ChannelValue['proof']>['use'];

/** A channel as it is typed. */
export interface ChannelDraft {
  readonly url: string;
  readonly about: string;
  readonly use: ProofUse;
  readonly secret: string;
  readonly paused: boolean;
}

export class ChannelsState extends DocumentList<ChannelOutput> {
  readonly #access: ListPage['access'];

  constructor(page: ListPage) {
    super(page);
    this.#access = page.access;
  }

  protected async read(api: ApiClient, signal: AbortSignal): Promise<readonly ChannelOutput[]> {
    return (await api.channels.list({}, { signal })).channels;
  }

  /** @param revision what it was made from; 0: there is none of this name yet */
  put(name: string, draft: ChannelDraft, revision: number): Promise<Outcome<unknown>> {
    const channel = channelOf(draft);
    return this.command((api, signal) => api.channels.put({ name, channel, expectRevision: revision }, { signal }));
  }

  pause({ name, channel, revision }: ChannelOutput, paused: boolean): Promise<Outcome<unknown>> {
    return this.put(name, { ...draftOf(channel), paused }, revision);
  }

  remove(name: string): Promise<Outcome<unknown>> {
    return this.command((api, signal) => api.channels.delete({ name }, { signal }));
  }

  /** Sends something by it, from the machine of this console. */
  test(name: string): Promise<Outcome<unknown>> {
    return this.command((api, signal) => api.channels.test({ name }, { signal }));
  }

  /** Names of the secrets that there are. */
  async secretNames(): Promise<readonly string[]> {
    const outcome = await this.#access.call((api, signal) => api.secrets.list({}, { signal }));
    return outcome.ok ? outcome.value.secrets.map(({ name }) => name) : [];
  }
}

export function draftOf(channel: ChannelValue | undefined): ChannelDraft {
  return {
    url: channel?.url ?? '',
    about: channel?.about ?? '',
    use: channel?.proof?.use ?? 'none',
    secret: channel?.proof?.secret ?? '',
    paused: channel?.paused ?? false,
  };
}

function channelOf({ url, about, use, secret, paused }: ChannelDraft): ChannelValue {
  const proof = use === 'none' ? {} : { proof: { use, secret } };
  return { kind: 'webhook', url: url.trim(), about: about.trim(), ...proof, paused };
}

/** Where a channel leads, without the part of its address that may be a secret by itself. */
export function hostOf({ url }: ChannelValue): string {
  return URL.parse(url)?.host ?? url;
}
