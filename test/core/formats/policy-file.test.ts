import { expect, test } from 'vitest';
import type { LocalPolicy } from '../../../core/domain/local-policy.ts';
import { formatPolicyFile, parsePolicyFile } from '../../../core/formats/policy-file.ts';

test('every rule reads back from its file', () => {
  const policy: LocalPolicy = {
    slots: 0,
    actionTypes: ['command', 'http'],
    forbiddenTags: ['heavy', 'yes'],
    folders: ['/srv/jobs', 'C:\\Jobs'],
    users: ['backup'],
    runAs: 'media',
    mainsOnly: true,
    idleMinutes: 10,
    quietHours: [{ from: '22:00', until: '07:00' }],
    paused: 1_800_000_000_000,
  };
  expect(parsePolicyFile(formatPolicyFile(policy))).toEqual({ ok: true, value: policy });
  expect(parsePolicyFile(formatPolicyFile({}))).toEqual({ ok: true, value: {} });
  expect(parsePolicyFile('')).toEqual({ ok: true, value: {} });
});

test.for([
  ['slots: many', 'INVALID_INPUT', 'line 1: slots'],
  ['slots: 2\nquietHours:\n  - from: 22:00\n    until: 25:00\n', 'INVALID_INPUT', 'line 4: quietHours.0.until'],
  ['slots: 2\nonlyIdle: true\n', 'UNKNOWN_FIELD', 'line 2: onlyIdle: there is no such rule'],
  ['folders: [jobs]', 'INVALID_INPUT', 'a folder is an absolute path'],
  ['- slots', 'INVALID_INPUT', 'line 1'],
  ['slots: [', 'INVALID_YAML', 'line 1'],
  ['slots: 1\n---\nslots: 2\n', 'INVALID_INPUT', 'one document'],
  [`# ${'x'.repeat(70_000)}`, 'LIMIT_EXCEEDED', 'larger'],
] as const)('%j is refused with its place', ([text, code, words]) => {
  expect(parsePolicyFile(text)).toMatchObject({ ok: false, error: { code, message: expect.stringContaining(words) } });
});
