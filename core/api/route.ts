/** How one line of the API's table is written; see `contract.ts`. */
import { oc } from '@orpc/contract';
import { z } from 'zod';
import { API_ERRORS } from './api-errors.ts';

/** The input of what needs none. */
export const nothing = z.strictObject({}).optional();
const base = oc.errors(API_ERRORS);
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** A procedure without its schemas. @param summary starts with the imperative. */
export const route = (tag: string, method: Method, path: `/${string}`, summary: string) =>
  base.route({ method, path, summary, tags: [tag] });
