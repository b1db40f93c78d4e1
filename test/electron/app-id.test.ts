/** Windows shows notifications of an app only under the name that its package gave to its entry in the Start menu. */
import { expect, it } from 'vitest';
import { APP_ID } from '../../electron/shared/app-id.ts';
import * as package_ from '../../scripts/package/builder-config.ts';

it('the app goes by the name that its package gives it', () => {
  expect(APP_ID).toBe(package_.APP_ID);
});
