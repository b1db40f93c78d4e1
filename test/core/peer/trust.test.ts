/** What a member asks for beyond its roles is not done, and what has changed since a claim was asked for counts. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { DocumentEdit } from '../../../core/document/document-protocol.ts';
import type { MachineId, RunId, TaskId } from '../../../core/domain/ids.ts';
import type { Role } from '../../../core/domain/machine.ts';
import { newPeerState, type PeerState } from '../../../core/peer/state.ts';
import {
  countsAsAsked,
  isAskedByEditor,
  isSurelyRemoved,
  isVoid,
  mayCancelRun,
} from '../../../core/peer/trust-steps.ts';
import type { DocumentHost } from '../../../core/ports/document-host.ts';
import type { PeerMessage } from '../../../core/protocol/messages.ts';
import { record } from '../../fakes/run-records.ts';
import { SimCluster, simTask } from '../../simulator/sim-cluster.ts';

const ADMIN = 0;
const VIEWER = 1;
const EXECUTOR = 2;
const EDITOR = 3;
const ROLES: readonly (readonly Role[])[] = [['admin', 'editor', 'executor'], ['viewer'], ['executor'], ['editor']];

let cluster: SimCluster;
/** What the documents are asked to write, when it is looked at. */
let seen: DocumentEdit[] | undefined;

/** The real document; what it is asked to write is looked at. */
function watched(host: DocumentHost): DocumentHost {
  return {
    start: (onEvent) => {
      host.start(onEvent);
    },
    post: (command) => {
      if (command.type === 'edit') seen?.push(...command.edits);
      host.post(command);
    },
    stop: () => host.stop(),
  };
}

beforeEach(async () => {
  seen = undefined;
  const behaviour = (): { durationMs: number; exitCode: number } => ({ durationMs: 600_000, exitCode: 0 });
  cluster = new SimCluster({ machines: 4, roles: (index) => ROLES[index] ?? ['viewer'], behaviour, document: watched });
  await cluster.form();
});

function idOf(index: number): MachineId {
  return cluster.machine(index).id;
}

/** The first machine hears a message of another, and what it sends back is looked at. */
async function hear(from: number, message: PeerMessage): Promise<PeerMessage[]> {
  const answers: PeerMessage[] = [];
  const node = cluster.network.node(idOf(ADMIN));
  if (node === undefined) throw new Error('the machine is on the network');
  const send = node.send.bind(node);
  node.send = (to, answer) => {
    if (to === idOf(from)) answers.push(answer);
    return send(to, answer);
  };
  cluster.machine(ADMIN).peer.enqueue({ type: 'message', from: idOf(from), message });
  await cluster.run(1000);
  node.send = send;
  return answers;
}

describe('the wish to cancel a run', () => {
  async function running(overlap: 'skip' | 'replace'): Promise<RunId> {
    const task = simTask('long', undefined, {
      policy: { overlap },
      placement: { mode: 'pin', machine: idOf(ADMIN) },
    });
    await cluster.put(ADMIN, task);
    await cluster.command(ADMIN, { kind: 'run-task', id: task.id });
    await cluster.run(1000);
    const [run] = cluster.machine(ADMIN).peer.view.activeRuns();
    if (run === undefined) throw new Error('it does not run');
    return run.id;
  }

  async function cancelled(from: number, runId: RunId): Promise<boolean> {
    const answers = await hear(from, { type: 'cancel-run', requestId: 'policy', runId, reason: 'stop' });
    const answer = answers.find(({ type }) => type === 'cancel-answer');
    expect(answer).toBeDefined();
    const ended = cluster.machine(ADMIN).processes.living().length === 0;
    expect(answer).toMatchObject({ accepted: ended });
    return ended;
  }

  test('is heeded from an editor, and not from a viewer or an executor', async () => {
    const run = await running('skip');
    expect(await cancelled(VIEWER, run)).toBe(false);
    expect(await cancelled(EXECUTOR, run)).toBe(false);
    expect(await cancelled(EDITOR, run)).toBe(true);
  });

  test('is heeded from an executor where the next occurrence replaces the run', async () => {
    const run = await running('replace');
    expect(await cancelled(VIEWER, run)).toBe(false);
    expect(await cancelled(EXECUTOR, run)).toBe(true);
  });

  test('is not heeded for a run of a task that nobody knows', () => {
    expect(mayCancelRun(stateWith({ [idOf(EXECUTOR)]: ['executor'] }), idOf(EXECUTOR), 'none' as RunId)).toBe(false);
  });
});

describe('a claim', () => {
  const claim = (taskId: string): PeerMessage => {
    const at = cluster.epochMs + Math.floor(cluster.time.now);
    const { occurrenceId } = record({ taskId: taskId as TaskId });
    const times = { nominalAt: at, dueAt: at, fencingToken: at };
    return {
      type: 'claim-request',
      taskId: taskId as TaskId,
      occurrenceId,
      attempt: 1,
      guarantee: 'at-least-once',
      ...times,
    };
  };

  test('is granted to an executor and to nobody else', async () => {
    await cluster.put(ADMIN, simTask('task', undefined));
    for (const other of [VIEWER, EDITOR]) {
      expect(await hear(other, claim('task'))).toContainEqual(
        expect.objectContaining({ type: 'claim-answer', refusal: { code: 'unavailable' } }),
      );
    }
    const [answer] = (await hear(EXECUTOR, claim('task'))).filter(({ type }) => type === 'claim-answer');
    expect(answer).not.toHaveProperty('refusal');
  });

  test('on the next set of voters is a voter’s alone', async () => {
    expect(await hear(VIEWER, claim('carillon.voters'))).toContainEqual(
      expect.objectContaining({ type: 'claim-answer', refusal: { code: 'unavailable' } }),
    );
  });

  test('needs the grants of executors only: who looks on is not even asked', async () => {
    const task = simTask('tick', '*/10 * * * * *');
    await cluster.put(ADMIN, task);
    const asked = new Set<MachineId>();
    for (const index of [ADMIN, EXECUTOR]) {
      const node = cluster.network.node(idOf(index));
      if (node === undefined) throw new Error('the machine is on the network');
      const send = node.send.bind(node);
      node.send = (to, message) => {
        if (message.type === 'claim-request') asked.add(to);
        return send(to, message);
      };
    }
    await cluster.run(25_000);
    expect(cluster.startsOf(task)).toHaveLength(1);
    expect([idOf(ADMIN), idOf(EXECUTOR)]).toEqual(expect.arrayContaining([...asked]));
    expect(asked.size).toBeGreaterThanOrEqual(1);
  });
});

describe('asked for by hand', () => {
  test('counts as the own word of an editor, and as nobody else’s', () => {
    const [editor, executor, viewer, stranger] = [idOf(EDITOR), idOf(EXECUTOR), idOf(VIEWER), idOf(ADMIN)];
    const state = stateWith({ [editor]: ['editor'], [executor]: ['executor'], [viewer]: ['viewer'] });
    const asked = (recorderId: MachineId, by: MachineId): boolean =>
      countsAsAsked(state, record({ state: 'due', recorderId, cause: { kind: 'manual', triggerId: 'x', by } }));
    expect(asked(editor, editor)).toBe(true);
    expect(asked(executor, executor)).toBe(false);
    expect(asked(executor, editor)).toBe(false);
    // What becomes of it is the word of executors.
    const waits = (recorderId: MachineId): boolean => {
      const cause = { kind: 'manual', triggerId: 'x', by: editor } as const;
      return countsAsAsked(state, record({ state: 'queued', recorderId, cause }));
    };
    expect(waits(executor)).toBe(true);
    state.roster.delete(executor);
    expect(waits(executor)).toBe(true);
    expect(waits(viewer)).toBe(false);
    // Not known yet: looked at again before it runs, and then it is no editor.
    expect(asked(stranger, stranger)).toBe(true);
    expect(isAskedByEditor(state, { kind: 'manual', triggerId: 'x', by: stranger })).toBe(false);
    expect(isAskedByEditor(state, { kind: 'manual', triggerId: 'x', by: editor })).toBe(true);
    expect(isAskedByEditor(state, { kind: 'schedule' })).toBe(true);
  });

  test('by one who is no editor any more when it could run: it is refused, and the record says so', async () => {
    const task = simTask('by-hand', undefined, { placement: { mode: 'pin', machine: idOf(EXECUTOR) } });
    await cluster.put(ADMIN, task);
    await cluster.command(ADMIN, { kind: 'drain-machine', id: idOf(EXECUTOR), drained: true });
    await cluster.command(EDITOR, { kind: 'run-task', id: task.id });
    await cluster.command(ADMIN, { kind: 'set-roles', id: idOf(EDITOR), roles: ['viewer'] });
    await cluster.command(ADMIN, { kind: 'drain-machine', id: idOf(EXECUTOR), drained: false });
    await cluster.run(20_000);
    expect(cluster.startsOf(task)).toEqual([]);
    const reason = { code: 'NOT_AUTHORIZED', text: 'it was asked for by hand on m3, which is no editor' };
    expect(await cluster.runs(ADMIN, task)).toMatchObject([{ state: 'refused', reason }]);
  });
});

describe('a note of a machine that was removed', () => {
  test('counts as far as it was held where that was done, and what was run counts in any case', () => {
    const [self, other] = [idOf(ADMIN), idOf(EXECUTOR)];
    const state = stateWith({ [other]: ['executor'] }, self);
    const noted = (sequence: number, fields = {}): boolean =>
      isVoid(state, record({ recorderId: other, sequence, state: 'skipped', ...fields }));
    expect(noted(8)).toBe(false);
    const entry = state.roster.get(other);
    if (entry === undefined) throw new Error('it is in the roster');
    state.roster.set(other, { ...entry, removed: true, lastRecord: 7 });
    expect([noted(7), noted(8), noted(8, { claimedAt: 1 })]).toEqual([false, true, false]);
    state.roster.set(other, { ...entry, removed: false });
    expect(noted(8)).toBe(false);
  });

  test('its entry says how far that is', async () => {
    const task = simTask('queued', undefined, { placement: { mode: 'pin', machine: idOf(EXECUTOR) } });
    await cluster.put(ADMIN, task);
    await cluster.command(ADMIN, { kind: 'run-task', id: task.id });
    await cluster.run(2000);
    const held = cluster
      .machine(ADMIN)
      .peer.view.machines()
      .find(({ entry }) => entry.id === idOf(EXECUTOR));
    expect(held?.runLogSequence).toBeGreaterThanOrEqual(1);
    const edits: DocumentEdit[] = [];
    seen = edits;
    await cluster.command(ADMIN, { kind: 'remove-machine', id: idOf(EXECUTOR) });
    expect(edits).toMatchObject([{ patch: { removed: true, lastRecord: held?.runLogSequence } }]);
  });
});

describe('a machine that is told of its removal', () => {
  test('believes an admin, or most of the others, but no single one of them', () => {
    const [self, admin, one, two] = [idOf(ADMIN), idOf(EDITOR), idOf(VIEWER), idOf(EXECUTOR)];
    const state = stateWith({ [admin]: ['admin'], [one]: ['viewer'], [two]: ['viewer'] }, self);
    expect(isSurelyRemoved(state)).toBe(false);
    state.standing.witnesses.add(one);
    expect(isSurelyRemoved(state)).toBe(false);
    state.standing.witnesses.add(two);
    expect(isSurelyRemoved(state)).toBe(true);
    state.standing.witnesses.clear();
    state.standing.witnesses.add(admin);
    expect(isSurelyRemoved(state)).toBe(true);
  });
});

describe('a task that changes while its claim is asked for', () => {
  let forged = false;
  const suspicious = (host: DocumentHost): DocumentHost => ({
    start: (onEvent) => {
      host.start((event) => {
        if (event.type !== 'vouched' || !forged) return onEvent(event);
        onEvent({
          ...event,
          problem: { facet: 'action', author: idOf(ADMIN), code: 'FACET_FORGED', text: 'It is not signed.' },
        });
      });
    },
    post: (command) => {
      host.post(command);
    },
    stop: () => host.stop(),
  });

  test('is not run in a form that was not vouched for', async () => {
    forged = false;
    cluster = new SimCluster({ machines: 2, document: suspicious });
    await cluster.form();
    const task = simTask('tick', '*/20 * * * * *');
    await cluster.put(0, task);
    await cluster.run(45_000);
    expect(cluster.startsOf(task).length).toBeGreaterThanOrEqual(1);
    const before = cluster.startsOf(task).length;
    // Answers take long, so that there is time between the question and them.
    Object.assign(cluster.network.faults, { minDelayMs: 100, maxDelayMs: 100 });
    const owner = cluster.ownerOf(task);
    for (let waited = 0; owner.peer.sizes().asking === 0 && waited < 30_000; waited += 1) await cluster.run(1);
    expect(owner.peer.sizes().asking).toBe(1);
    forged = true;
    const changed = { ...task, action: { type: 'command', argv: ['false'] } };
    void owner.peer.execute({ kind: 'put-tasks', mode: 'upsert', definitions: [changed as typeof task] });
    await cluster.run(10_000);
    expect(cluster.startsOf(task).length).toBe(before);
    const states = (await cluster.runs(0, task)).map((run) => run.state);
    expect(states).toContain('refused');
  });
});

/** A state that knows of nothing but a roster. */
function stateWith(roles: Readonly<Record<string, readonly Role[]>>, self = 'self' as MachineId): PeerState {
  const state = newPeerState({ self } as Parameters<typeof newPeerState>[0]);
  for (const [id, held] of Object.entries(roles)) {
    const [any] = cluster.machine(ADMIN).peer.view.machines();
    if (any === undefined) throw new Error('there is a machine');
    state.roster.set(id as MachineId, { ...any.entry, id: id as MachineId, roles: [...held], removed: false });
  }
  return state;
}
