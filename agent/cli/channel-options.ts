/** What `carillon channel put` makes of its options and of the channel as it was: what is not named stays as it is. */
import type { ChannelOutput } from '../../core/api/channel-schemas.ts';
import { MAIL_PORTS, MAIL_TLS, type MailTls } from '../../core/domain/channel-ways.ts';
import { usageError } from './command.ts';

export interface ChannelOptions {
  readonly url?: string;
  readonly hmac?: string;
  readonly bearer?: string;
  readonly email?: readonly string[];
  readonly from?: string;
  readonly smtp?: string;
  readonly tls?: string;
  readonly user?: string;
  readonly password?: string;
  readonly unproven?: true;
  readonly about?: string;
  readonly pause?: true;
  readonly resume?: true;
}

type Channel = ChannelOutput['channel'];
type ChannelOf<Kind extends Channel['kind']> = Extract<Channel, { kind: Kind }>;

const OF_WEBHOOKS = ['url', 'hmac', 'bearer'] as const;
const OF_MAIL = ['email', 'from', 'smtp', 'tls', 'user', 'password'] as const;

/**
 * The channel as it is to be.
 * @param before as it was; undefined for a new one
 */
export function changedChannel(before: Channel | undefined, options: ChannelOptions): Channel {
  const { pause, resume, about } = options;
  if (pause === true && resume === true) throw usageError('give one of --pause and --resume', 'pause');
  const webhook = OF_WEBHOOKS.find((name) => options[name] !== undefined);
  const mail = OF_MAIL.find((name) => options[name] !== undefined);
  if (webhook !== undefined && mail !== undefined) {
    throw usageError(`a channel is a webhook or mail: give one of --${webhook} and --${mail}`, 'kind');
  }
  const kind = webhook !== undefined ? 'webhook' : mail !== undefined ? 'email' : (before?.kind ?? 'webhook');
  if (before !== undefined && before.kind !== kind) {
    throw usageError('a channel stays what it is: delete it first, or take another name', 'kind');
  }
  const shared = {
    about: about ?? before?.about ?? '',
    paused: pause === true || (before?.paused === true && resume !== true),
  };
  return kind === 'webhook'
    ? { ...webhookOf(before?.kind === 'webhook' ? before : undefined, options), ...shared }
    : { ...mailOf(before?.kind === 'email' ? before : undefined, options), ...shared };
}

function webhookOf(
  before: ChannelOf<'webhook'> | undefined,
  { hmac, bearer, unproven, ...options }: ChannelOptions,
): Omit<ChannelOf<'webhook'>, 'about' | 'paused'> {
  const url = options.url ?? before?.url;
  if (url === undefined) throw usageError('a new channel needs --url, or --email', 'url');
  if ([hmac, bearer, unproven].filter((option) => option !== undefined).length > 1) {
    throw usageError('give one of --hmac, --bearer and --unproven', 'proof');
  }
  const kept = unproven === true ? undefined : before?.proof;
  const proof =
    hmac !== undefined
      ? ({ use: 'hmac', secret: hmac } as const)
      : bearer !== undefined
        ? ({ use: 'bearer', secret: bearer } as const)
        : kept;
  return { kind: 'webhook', url, ...(proof === undefined ? {} : { proof }) };
}

function mailOf(
  before: ChannelOf<'email'> | undefined,
  options: ChannelOptions,
): Omit<ChannelOf<'email'>, 'about' | 'paused'> {
  const to = options.email ?? before?.to;
  const from = options.from ?? before?.from;
  const server = options.smtp === undefined ? before : serverOf(options.smtp);
  if (to === undefined || from === undefined || server === undefined) {
    throw usageError('a new channel of mail needs --email, --from and --smtp', 'email');
  }
  const tls = tlsOf(options.tls ?? before?.tls ?? 'starttls');
  // A port that was never chosen follows the way it is used in.
  const isUsual = before !== undefined && before.port === MAIL_PORTS[before.tls] && options.smtp === undefined;
  const port = isUsual ? MAIL_PORTS[tls] : (server.port ?? MAIL_PORTS[tls]);
  const login = loginOf(before, options);
  return { kind: 'email', host: server.host, port, tls, from, to: [...to], ...(login === undefined ? {} : { login }) };
}

function loginOf(before: ChannelOf<'email'> | undefined, { user, password, unproven }: ChannelOptions) {
  if (unproven === true) {
    if (user !== undefined || password !== undefined) {
      throw usageError('give --user and --password, or --unproven', 'login');
    }
    return undefined;
  }
  const name = user ?? before?.login?.user;
  const secret = password ?? before?.login?.secret;
  if (name === undefined && secret === undefined) return undefined;
  if (name === undefined || secret === undefined) throw usageError('--user and --password go together', 'login');
  return { user: name, secret };
}

/** `mail.example.org`, `mail.example.org:2525`, `[::1]:25` or `::1`. */
function serverOf(text: string): { readonly host: string; readonly port: number | undefined } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  return { host: bracketed ?? plain ?? text, port: port === undefined ? undefined : Number(port) };
}

function tlsOf(text: string): MailTls {
  const how = MAIL_TLS.find((known) => known === text);
  if (how === undefined) throw usageError(`--tls is one of ${MAIL_TLS.join(', ')}`, 'tls');
  return how;
}
