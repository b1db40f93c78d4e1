/**
 * What was due against what ran, made of what each machine alone knows, beside the audit that the machine itself makes of
 * it (that of `carillon audit`). All machines must come to the same words once the network is whole again.
 */
import { expect } from 'vitest';
import type { RunOutput } from '../../core/api/run-schemas.ts';
import { taskIdSchema } from '../../core/domain/ids.ts';
import { FINAL_STATES, type Run, runRecordSchema } from '../../core/domain/run.ts';
import { type AuditReport, auditTask } from '../../core/history/audit.ts';
import type { AgentProcess } from '../integration/agent-process.ts';
import { patiently } from './stretch.ts';

export interface AuditWindow {
  /** Tasks on an interval. */
  readonly tasks: readonly string[];
  /** Instants from here on are expected, epoch milliseconds. */
  readonly from: number;
}

const ON_TIME_MS = 2000;
/** What came due this shortly before the tasks were suspended may have gone with the schedule. */
const MARGIN_MS = 2000;

/**
 * Suspends the tasks, waits until all runs have ended and all machines say the same of them, and returns the reports by
 * task. @param agents all that are to agree; the first is where the tasks are suspended.
 */
export async function concludeAudit(
  agents: readonly AgentProcess[],
  { tasks, from }: AuditWindow,
): Promise<Map<string, AuditReport>> {
  const [first] = agents;
  const until = await patiently(() => {
    const end = Date.now() - MARGIN_MS;
    expect(end, 'the period to be audited has begun').toBeGreaterThan(from);
    return end;
  });
  for (const id of tasks) await first?.client.tasks.suspend({ id });
  return patiently(async () => {
    const audits = await Promise.all(agents.map((agent) => auditOf(agent, tasks, from, until)));
    const [own] = audits;
    for (const [index, audit] of audits.entries()) {
      expect(audit.unfinished, `runs that go on, as ${agents[index]?.name ?? ''} says`).toEqual([]);
      expect(audit.words, `${agents[index]?.name ?? ''} and ${first?.name ?? ''} agree`).toEqual(own?.words);
    }
    const reports = own?.reports ?? new Map<string, AuditReport>();
    for (const report of reports.values()) expect(report.totals.pending).toBe(0);
    return reports;
  });
}

/** The runs of tasks that came due from `from` on, as one machine knows them. */
export async function runsSince(agent: AgentProcess, tasks: readonly string[], from: number): Promise<RunOutput[]> {
  const runs: RunOutput[] = [];
  for (const task of tasks) {
    let cursor: string | undefined;
    do {
      const since = new Date(from).toISOString();
      const page = await agent.client.runs.list({
        task,
        since,
        limit: 500,
        ...(cursor === undefined ? {} : { cursor }),
      });
      runs.push(...page.runs);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }
  return runs;
}

async function auditOf(agent: AgentProcess, tasks: readonly string[], from: number, until: number) {
  const reports = new Map<string, AuditReport>();
  const unfinished: string[] = [];
  for (const task of tasks) {
    const { definition } = await agent.client.tasks.get({ id: task });
    const outputs = await runsSince(agent, [task], from);
    const runs = outputs.filter((run) => Date.parse(run.nominalAt) < until).map(runOf);
    for (const run of runs) if (!FINAL_STATES.has(run.state)) unfinished.push(`${task} ${run.id} ${run.state}`);
    const expected = definition.schedule.triggers.flatMap((trigger) =>
      trigger.kind === 'interval' ? multiples(trigger.everyMs, Date.parse(trigger.anchorAt), from, until) : [],
    );
    const now = Number.POSITIVE_INFINITY;
    reports.set(task, auditTask({ taskId: taskIdSchema.parse(task), expected, runs, onTimeMs: ON_TIME_MS, now }));
  }
  const asked = { since: new Date(from).toISOString(), until: new Date(until).toISOString() };
  const own = await Promise.all(tasks.map((task) => agent.client.runs.audit({ ...asked, task })));
  return { reports, unfinished, words: [...wordsOf(reports), ...own.map((audit) => JSON.stringify(audit))] };
}

function multiples(everyMs: number, anchorAt: number, from: number, until: number): number[] {
  const instants: number[] = [];
  const first = anchorAt + Math.ceil((from - anchorAt) / everyMs) * everyMs;
  for (let at = first; at < until; at += everyMs) instants.push(at);
  return instants;
}

/** One line an instant, with every run that belongs to it. */
function wordsOf(reports: ReadonlyMap<string, AuditReport>): string[] {
  return [...reports].flatMap(([task, report]) =>
    report.entries.map((entry) => {
      const runs = entry.runs.map((run) =>
        [run.id, run.attempt, run.state, run.machineId, run.startedAt, run.finishedAt, run.duplicate].join(' '),
      );
      return `${task} ${new Date(entry.nominalAt).toISOString()} ${entry.verdict} [${runs.join('; ')}]`;
    }),
  );
}

/** What the API shows, as the logs hold it. */
function runOf(output: RunOutput): Run {
  const { machineName: _, duplicate, next, ...shown } = output;
  const told = Object.entries(shown).filter(([, value]) => value !== null);
  const isInstant = (name: string): boolean => name.endsWith('At');
  const fields = told.map(([name, value]) => [
    name,
    isInstant(name) && typeof value === 'string' ? Date.parse(value) : value,
  ]);
  const follows = next === null ? {} : { next: { attempt: next.attempt, dueAt: Date.parse(next.dueAt), avoid: [] } };
  return { ...runRecordSchema.parse({ slot: '', ...Object.fromEntries(fields), ...follows }), duplicate };
}
