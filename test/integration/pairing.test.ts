/** Real agents pair by six digits, with two people at two command lines; and what a stranger in the network can do about it. */
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSigner } from '../../core/adapters/keys/ed25519.ts';
import { createTransport } from '../../core/adapters/libp2p/transport.ts';
import type { MachineId } from '../../core/domain/ids.ts';
import type { Transport } from '../../core/ports/transport.ts';
import type { JoinAnswer, JoinRequest } from '../../core/protocol/messages.ts';
import { commitmentOf } from '../../core/security/pairing.ts';
import { quietLogger } from '../fakes/quiet-logger.ts';
import { bedOfFile } from './agent-bed.ts';
import type { AgentProcess } from './agent-process.ts';
import { spawnProgram } from './command-line.ts';
import { eventually } from './eventually.ts';

const bed = bedOfFile();
const founder = bed.add('founder');
const second = bed.add('second');

beforeAll(() => bed.form(founder, second));
afterEach(() => bed.heal(founder, second));

const addressOf = (agent: AgentProcess): string => agent.ready.addresses[0] ?? '';

/** `carillon pair` with a person before it. */
function pairing(agent: AgentProcess, to: string) {
  const child = spawnProgram(['pair', to, '--json', '--data', agent.dataFolder]);
  let out = '';
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close') as Promise<[number | null]>;
  return {
    digits: async () => {
      await eventually(() => expect(said + out).toMatch(/\d{3} \d{3}/));
      return (/(\d{3}) (\d{3})/.exec(said) ?? []).slice(1).join('');
    },
    answer: (text: string) => child.stdin?.end(`${text}\n`),
    outcome: async () => {
      const [exitCode] = await ended;
      return { exitCode, value: JSON.parse(out) as unknown };
    },
  };
}

/** A node with a key of its own that keeps to no rules. */
async function hostile(
  number: number,
  answer: (request: JoinRequest) => Promise<JoinAnswer>,
): Promise<Transport & AsyncDisposable> {
  const seed = new Uint8Array(32).fill(number);
  const listen = ['/ip4/127.0.0.1/tcp/0'];
  const signer = createSigner(seed);
  const transport = createTransport({ seed, signer, listen, announceLoopback: true, mdns: false, logger: quietLogger });
  const nothing = (): void => undefined;
  const started = await transport.start({
    connected: nothing,
    disconnected: nothing,
    message: nothing,
    heartbeat: nothing,
    discovered: nothing,
    dialFailed: nothing,
    offence: nothing,
    joinRequest: (_from, request) => answer(request),
  });
  expect(started.ok).toBe(true);
  return Object.assign(transport, { [Symbol.asyncDispose]: () => transport.stop() });
}

async function say(from: Transport, to: AgentProcess, request: JoinRequest): Promise<JoinAnswer> {
  const outcome = await from.requestJoin(to.id as MachineId, to.ready.addresses, request);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
}

async function membersOf(agent: AgentProcess): Promise<string[]> {
  return (await agent.status()).members.map(({ name }) => name).sort();
}

describe('two people at two command lines', () => {
  it('compare six digits, and the machine is in, with roles and labels', async () => {
    const laptop = await bed.add('laptop').start();
    const asking = pairing(laptop, addressOf(founder));
    const digits = await asking.digits();
    const listed = await founder.run(['pairing', 'list', '--json']);
    const { asked } = JSON.parse(listed.stdout) as { asked: { name: string; digits: string; fingerprint: string }[] };
    expect(asked).toMatchObject([{ name: 'laptop', digits }]);
    expect((await founder.run(['pairing', 'list'])).stdout).toContain(`${digits.slice(0, 3)} ${digits.slice(3)}`);
    asking.answer('yes');
    const approved = await founder.run(['pairing', 'approve', 'laptop', '--role', 'executor', '--label', 'room=attic']);
    expect(approved).toMatchObject({ exitCode: 0 });
    expect(await asking.outcome()).toMatchObject({ exitCode: 0, value: { name: 'bed' } });
    await bed.settled(founder, second, laptop);
    const { members } = await second.status();
    expect(members.find(({ name }) => name === 'laptop')).toMatchObject({
      roles: ['executor'],
      labels: { room: 'attic' },
    });
    await founder.client.machines.remove({ machine: 'laptop' });
    await laptop.stop();
    await bed.settled(founder, second);
  });

  it('see different digits, and nobody is in', async () => {
    const phone = await bed.add('phone').start();
    const asking = pairing(phone, addressOf(founder));
    await asking.digits();
    asking.answer('no');
    expect(await asking.outcome()).toMatchObject({ exitCode: 3, value: { error: { code: 'PAIRING_MISMATCH' } } });
    await eventually(async () => expect((await founder.client.pairing.list({})).asked).toEqual([]));
    expect(await membersOf(founder)).toEqual(['founder', 'second']);
    await phone.stop();
  });

  it('are told when it is refused', async () => {
    const tablet = await bed.add('tablet').start();
    const asking = pairing(tablet, addressOf(second));
    await asking.digits();
    asking.answer('yes');
    expect(await second.run(['pairing', 'refuse', 'tablet'])).toMatchObject({ exitCode: 0 });
    expect(await asking.outcome()).toMatchObject({ exitCode: 3, value: { error: { code: 'PAIRING_REFUSED' } } });
    await tablet.stop();
  });
});

describe('a stranger in the network', () => {
  it('that stands between two machines makes them show different digits', async () => {
    const victim = await bed.add('victim').start();
    const mine = new Uint8Array(32).fill(3);
    const { id, name } = (await founder.status()).cluster ?? { id: '', name: '' };
    const answers: JoinAnswer['type'][] = [];
    await using middle = await hostile(7, async (request) => {
      // It says to the founder what the victim says to it, with its own key and nonce, and hands the answers on.
      const sides = { asker: middle.self, asked: founder.id as MachineId };
      if (request.type === 'pair-ask') {
        const asked = await say(middle, founder, { ...request, commitment: commitmentOf(sides, mine, 'asker') });
        answers.push(asked.type);
        await say(middle, founder, { type: 'pair-reveal', nonce: mine });
        const back = commitmentOf({ asker: victim.id as MachineId, asked: middle.self }, mine, 'asked');
        const about = { clusterId: id as never, clusterName: name, name: 'founder' };
        return { type: 'pair-bound', commitment: back, ...about };
      }
      if (request.type === 'pair-reveal') return { type: 'pair-nonce', nonce: mine };
      return { type: 'pair-pending' };
    });
    const asking = pairing(victim, middle.addresses()[0] ?? '');
    const digits = await asking.digits();
    const { asked } = await founder.client.pairing.list({});
    expect(answers).toEqual(['pair-bound']);
    expect(asked.map((each) => each.name)).toEqual(['victim']);
    expect(asked[0]?.digits).not.toBe(digits);
    asking.answer('no');
    expect(await asking.outcome()).toMatchObject({ exitCode: 3 });
    await founder.client.pairing.refuse({ machine: 'victim' });
    expect(await membersOf(founder)).toEqual(['founder', 'second']);
    await victim.stop();
  });

  it('that shows wrong invitations is not heard for long, and disturbs nobody', async () => {
    await using guesser = await hostile(8, () => Promise.reject(new Error('nobody asks it')));
    const codes: string[] = [];
    for (let count = 1; count <= 8; count += 1) {
      const secret = new Uint8Array(32).fill(count);
      const request: JoinRequest = { type: 'join-request', secret, name: 'guesser', labels: {}, addresses: [] };
      const answer = await say(guesser, founder, request);
      codes.push(answer.type === 'refused' ? answer.code : answer.type);
    }
    expect(codes.slice(0, 5)).toEqual(Array<string>(5).fill('TOKEN_INVALID'));
    expect(codes.slice(5)).toEqual(Array<string>(3).fill('TOO_MANY_ATTEMPTS'));
    await bed.settled(founder, second);
  });
});

describe('a member that has lost its data but for its key', () => {
  it('joins again by invitation, and all see it as before', async () => {
    await second.stop();
    for (const file of readdirSync(second.dataFolder)) {
      if (file !== 'key') rmSync(join(second.dataFolder, file), { recursive: true, force: true });
    }
    await second.start();
    expect((await second.status()).phase).toBe('no-cluster');
    const { token } = await founder.client.cluster.invite({ roles: ['admin', 'editor', 'executor'] });
    const joined = await second.run(['join', '-', '--json'], { input: `${token}\n` });
    expect(joined).toMatchObject({ exitCode: 0 });
    await bed.settled(founder, second);
  });
});

describe('secrets of admission', () => {
  it('are in no log and no file: neither tokens, nor the root key once it was forgotten', async () => {
    const { token } = await founder.client.cluster.invite({});
    const guest = await bed.add('guest').start();
    await guest.client.cluster.join({ token });
    await bed.settled(founder, second, guest);
    const { words } = await founder.client.recovery.kit({});
    expect(words).toHaveLength(24);
    expect(await founder.run(['recovery-kit', '--forget'])).toMatchObject({ exitCode: 0 });
    expect(await second.run(['recover', '--json'], { input: words.join(' ') })).toMatchObject({ exitCode: 0 });
    await second.client.machines.remove({ machine: 'guest' });
    await bed.settled(founder, second);
    await Promise.all([founder.stop(), guest.stop()]);
    for (const agent of [founder, guest]) {
      expect(agent.report()).not.toContain(token.slice(20, 60));
      for (const text of filesOf(agent.dataFolder)) {
        expect(text.includes(token.slice(20, 60))).toBe(false);
        expect(text.includes('root-seed')).toBe(false);
        expect(text.includes(words.slice(0, 3).join(' '))).toBe(false);
      }
    }
  });
});

/** Every file of a folder, byte by byte as a text. */
function filesOf(folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  return paths.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path, 'latin1'));
}
