/** The specs of the desktop app. Build it first: what is tested is what would be shipped. */
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'test/desktop',
  testMatch: '*.spec.ts',
  fullyParallel: true,
  workers: 2,
  reporter: 'list',
  timeout: 180_000,
  // Seeded faults are expected to fail, and need not be waited for as long.
  expect: { timeout: Number(process.env['CARILLON_PATIENCE_MS'] ?? 30_000) },
  forbidOnly: process.env['CI'] !== undefined,
});
