/**
 * Schemas of core, when they run in the page, compile nothing: the policy of the page forbids making code from text, and
 * even the attempt to find that out is reported as a violation. Imported before anything that checks with schemas.
 */
import { config } from 'zod';

config({ jitless: true });
