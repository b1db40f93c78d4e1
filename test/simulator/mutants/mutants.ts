/** The ways in which the core is broken. */
import type { Mutant } from './mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a grant is not stored',
    edits: [
      {
        file: 'core/peer/grant-steps.ts',
        replace: "  emit(turn, { type: 'write', write: { kind: 'grant', grant } });\n",
        by: '',
      },
    ],
    story: 'granters restart and the claimant is cut off',
    caughtBy: ['at-most-once'],
  },
  {
    name: 'standbys do not wait',
    edits: [
      {
        file: 'core/peer/occurrence-steps.ts',
        replace: 'Math.max(occurrence.turnsFromMs + rank * TIMES.standbyMs, occurrence.notBeforeMs)',
        by: 'Math.max(occurrence.turnsFromMs, occurrence.notBeforeMs)',
      },
    ],
    story: 'an undisturbed day',
    caughtBy: ['liveness'],
  },
  {
    name: 'a majority is one too few',
    edits: [
      {
        file: 'core/claims/claim-rules.ts',
        replace: 'Math.floor(electorate / 2) + 1',
        by: 'Math.floor(electorate / 2)',
      },
    ],
    story: 'a split with a smaller side',
    caughtBy: ['at-most-once'],
  },
  {
    name: 'a suspect cannot refute',
    edits: [
      {
        file: 'core/membership/membership.ts',
        replace: "    if (member.status.kind === 'left' && incarnation <= member.incarnation) return [];\n",
        by: "    if (member.status.kind === 'left' || member.status.kind === 'suspect') return [];\n",
      },
    ],
    story: 'connections break and are made again',
    caughtBy: ['agreement'],
  },
  {
    name: 'overlap is judged by own runs alone',
    edits: [
      {
        file: 'core/peer/absorb-record.ts',
        replace: 'if (record === undefined || record.slot !== slot) continue;',
        by: 'if (record === undefined || record.slot !== slot || record.machineId !== state.self) continue;',
      },
    ],
    story: 'runs by hand on two machines',
    caughtBy: ['overlap'],
  },
  {
    name: 'fencing tokens are used again',
    edits: [
      {
        file: 'core/peer/claim-steps.ts',
        replace: 'launchRun(turn, occurrence, task, stage.fencingToken, values.value)',
        by: 'launchRun(turn, occurrence, task, stage.fencingToken - (stage.fencingToken % 3_600_000), values.value)',
      },
    ],
    story: 'an undisturbed day',
    caughtBy: ['fencing'],
  },
  {
    name: 'a run is recorded after it was started',
    edits: [
      {
        file: 'core/peer/effect-runner.ts',
        replace: '    const stored = writes === undefined || this.#commit(writes);\n',
        by: "    for (const effect of effects) if (effect.type === 'launch') this.#perform(effect);\n    const stored = writes === undefined || this.#commit(writes);\n",
      },
      {
        file: 'core/peer/effect-runner.ts',
        replace: '      if (stored || isHarmless(effect)) this.#perform(effect);',
        by: "      if (effect.type === 'launch') continue;\n      if (stored || isHarmless(effect)) this.#perform(effect);",
      },
    ],
    story: 'the power fails before a run is recorded',
    caughtBy: ['at-most-once'],
  },
  {
    name: 'a tombstone is dropped',
    edits: [{ file: 'core/peer/document-steps.ts', replace: '    forgetTask(turn, id);\n', by: '' }],
    story: 'a task is deleted',
    caughtBy: ['durability'],
  },
  {
    name: 'a pull skips a record',
    edits: [
      {
        file: 'core/peer/log-steps.ts',
        replace: '  const after = state.logVector.get(recorderId) ?? 0;\n',
        by: '  const after = (state.logVector.get(recorderId) ?? 0) + 1;\n',
      },
    ],
    story: 'a machine was away',
    caughtBy: ['durability', 'agreement'],
  },
  {
    name: 'a suspicion is never cleared',
    edits: [
      {
        file: 'core/membership/membership.ts',
        replace: "    return this.#become(member, { kind: 'alive' }, 'it was heard');",
        by: "    if (member.status.kind === 'suspect' || member.status.kind === 'dead') return [];\n    return this.#become(member, { kind: 'alive' }, 'it was heard');",
      },
    ],
    story: 'a machine stood still for a while',
    caughtBy: ['agreement'],
  },
  {
    name: 'what was missed is counted twice',
    edits: [
      {
        file: 'core/scheduling/catch-up.ts',
        replace: 'const count = countOccurrences(compiled, accountedUntil, missedUntil);',
        by: 'const count = 2 * countOccurrences(compiled, accountedUntil, missedUntil);',
      },
    ],
    story: 'nobody was there for minutes',
    caughtBy: ['audit'],
  },
  {
    name: 'time-outs go by the wall clock',
    edits: [
      {
        file: 'core/peer/mesh-steps.ts',
        replace: 'applyMembership(turn, turn.state.membership.tick(turn.nowMs));',
        by: 'applyMembership(turn, turn.state.membership.tick(turn.wallMs - turn.state.startedAt + turn.state.startedAtMs));',
      },
    ],
    story: 'a clock is set back',
    caughtBy: ['liveness'],
  },
  {
    name: 'a machine never says that its run goes on',
    edits: [
      {
        file: 'core/peer/absorb-record.ts',
        replace: '  turn.state.timers.set(`reassert:${record.id}`, turn.nowMs);\n',
        by: '',
      },
    ],
    story: 'a run that was given up goes on',
    caughtBy: ['overlap'],
  },
  {
    name: 'a stale claim is granted',
    edits: [
      {
        file: 'core/claims/claim-rules.ts',
        replace:
          "  if (request.fencingToken <= known.highestToken) return refuse({ code: 'stale-token', token: known.highestToken });\n",
        by: '',
      },
    ],
    story: 'a claimant is behind',
    caughtBy: ['fencing'],
  },
  {
    name: 'runs of gone machines are not looked for',
    edits: [
      {
        file: 'core/peer/lost-steps.ts',
        replace: "  if (state.phase !== 'active') return;\n  for (const run of",
        by: "  if (state.phase === 'active') return;\n  for (const run of",
      },
    ],
    story: 'a given up run and its machine end for good',
    caughtBy: ['liveness'],
  },
  {
    name: 'claims on other voters are granted',
    edits: [
      {
        file: 'core/peer/grant-steps.ts',
        replace: "request.guarantee === 'at-most-once' && counted !== state.electorate.id",
        by: "request.guarantee === 'at-most-once' && counted === 'nobody'",
      },
    ],
    story: 'voters have grown unheard by one',
    caughtBy: ['at-most-once'],
  },
];
