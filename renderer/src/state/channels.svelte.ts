/** The channels of the cluster: how people and programs are told what became of runs. */
import type { ChannelOutput } from '../../../core/api/channel-schemas.ts';
import type { ApiClient } from '../../../core/api/contract.ts';
import { MAIL_PORTS, type MailTls } from './channel-ways.ts';
import type { Outcome } from '../client/refusal.ts';
import { DocumentList, type ListPage } from './document-list.svelte.ts';

export type ChannelValue = ChannelOutput['channel'];
type Webhook = Extract<ChannelValue, { kind: 'webhook' }>;
export type ProofUse = 'none' | NonNullable<Webhook['proof']>['use'];

/** A channel as it is typed: of either kind, so that nothing typed is lost when the kind is chosen anew. */
export interface ChannelDraft {
  readonly kind: ChannelValue['kind'];
  readonly about: string;
  readonly paused: boolean;
  readonly url: string;
  readonly use: ProofUse;
  /** For the proof of a webhook, and for the login of mail. */
  readonly secret: string;
  readonly host: string;
  /** Empty: the usual one. */
  readonly port: string;
  readonly tls: MailTls;
  readonly from: string;
  /** Addresses, apart by commas or spaces. */
  readonly to: string;
  /** Empty: no login. */
  readonly user: string;
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
  const webhook = channel?.kind === 'webhook' ? channel : undefined;
  const mail = channel?.kind === 'email' ? channel : undefined;
  return {
    kind: channel?.kind ?? 'webhook',
    about: channel?.about ?? '',
    paused: channel?.paused ?? false,
    url: webhook?.url ?? '',
    use: webhook?.proof?.use ?? 'none',
    secret: webhook?.proof?.secret ?? mail?.login?.secret ?? '',
    host: mail?.host ?? '',
    port: mail === undefined ? '' : String(mail.port),
    tls: mail?.tls ?? 'starttls',
    from: mail?.from ?? '',
    to: mail?.to.join(', ') ?? '',
    user: mail?.login?.user ?? '',
  };
}

function channelOf(draft: ChannelDraft): ChannelValue {
  const { kind, about, paused, url, use, secret } = draft;
  const shared = { about: about.trim(), paused };
  if (kind === 'email') return { ...mailOf(draft), ...shared };
  const proof = use === 'none' ? {} : { proof: { use, secret } };
  return { kind, url: url.trim(), ...proof, ...shared };
}

function mailOf({ host, port, tls, from, to, user, secret }: ChannelDraft) {
  const login = user.trim() === '' ? {} : { login: { user: user.trim(), secret } };
  return {
    kind: 'email' as const,
    host: host.trim(),
    port: port.trim() === '' ? MAIL_PORTS[tls] : Number(port),
    tls,
    from: from.trim(),
    to: to.split(/[\s,;]+/).filter((address) => address !== ''),
    ...login,
  };
}

/** What shows the other side who sends: a word of the catalogue, and the secret that it uses. */
export function proofOf(channel: ChannelValue): { readonly use: ProofUse | 'login'; readonly secret: string } {
  if (channel.kind === 'email') {
    return channel.login === undefined ? { use: 'none', secret: '' } : { use: 'login', secret: channel.login.secret };
  }
  return channel.proof ?? { use: 'none', secret: '' };
}
