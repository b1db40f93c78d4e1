/** The audit log in the settings: searched, narrowed by an address that can be sent, and read back page by page. */
import type { MachineId } from '../../core/domain/ids.ts';
import { MACHINES } from '../fakes/peer-handle.ts';
import { auditRecord } from '../fakes/run-records.ts';
import { livelyPeer } from './console-scene.ts';
import { expect, expectAccessible, goTo, test } from './console-test.ts';

const STRANGER = `12D3KooW${'Zz'.repeat(22)}` as MachineId;
const ONE_PAGE = 100;

/** What one machine wrote down, newest first: deeds, a refusal with words for a page, and many of one kind. */
function auditedPeer() {
  const peer = livelyPeer();
  const recorderId = MACHINES.alpha;
  const at = Date.now();
  peer.audits.push(
    auditRecord({ recorderId, sequence: 203, at, action: 'machine-removed', by: MACHINES.beta, subject: 'laptop' }),
    auditRecord({
      recorderId,
      sequence: 202,
      at,
      action: 'stranger-refused',
      by: STRANGER,
      subject: STRANGER,
      detail: '<img src=x onerror=alert(1)> wanted more than to join',
      suppressed: 812,
    }),
  );
  for (let sequence = 201; sequence > 0; sequence -= 1) {
    peer.audits.push(auditRecord({ recorderId, sequence, at, by: MACHINES.alpha, subject: `task-${sequence}` }));
  }
  return peer;
}

test('tells who did what and what was refused, and what others wrote is text', async ({ page, visit }) => {
  await visit(auditedPeer());
  await goTo(page, '#/settings/audit');
  const removed = page.getByRole('row', { name: /Machine removed/ });
  await expect(removed).toContainText('laptop');
  await expect(removed).toContainText('nas');
  const refused = page.getByRole('row', { name: /Stranger refused/ });
  await expect(refused).toContainText('ZzZzZzZz');
  await expect(refused).toContainText('<img src=x onerror=alert(1)> wanted more than to join');
  await expect(refused).toContainText('and 812 more before');
  await expectAccessible(page);
});

test('is searched, and its address says what is shown', async ({ page, visit }) => {
  await visit(auditedPeer());
  await goTo(page, '#/settings/audit?action=machine-removed');
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByRole('searchbox', { name: 'Search the audit log' }).fill('task-77');
  await expect(page.getByRole('row')).toHaveCount(2);
  await expect(page.getByRole('row', { name: /task-77/ })).toBeVisible();
  expect(new URL(page.url()).hash).toBe('#/settings/audit?q=task-77');
  await page.getByRole('combobox', { name: 'Machine' }).selectOption('nas');
  await expect(page.getByText('Nothing that is recorded fits.')).toBeVisible();
});

test('is read back page by page', async ({ page, visit }) => {
  await visit(auditedPeer());
  await goTo(page, '#/settings/audit?action=task-changed');
  await expect(page.getByRole('row')).toHaveCount(ONE_PAGE + 1);
  await page.getByRole('button', { name: 'Show older ones' }).click();
  await expect(page.getByRole('row')).toHaveCount(2 * ONE_PAGE + 1);
  await page.getByRole('button', { name: 'Show older ones' }).click();
  await expect(page.getByRole('row', { name: /task-1 / })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Show older ones' })).toBeHidden();
});
