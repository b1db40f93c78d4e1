import { expect, test } from 'vitest';
import { contract } from '../../../core/api/contract.ts';
import { openApiDocument } from '../../../core/api/openapi.ts';

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly responses: Record<string, object>;
}

test('the OpenAPI document holds every procedure of the table once, with a summary and its refusals', async () => {
  const document = (await openApiDocument('1.2.3', '/api')) as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
  };
  expect(document.openapi).toMatch(/^3\.1\./);
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const procedures = Object.entries<object>({ ...contract }).flatMap(([group, table]) =>
    Object.keys(table).map((name) => `${group}.${name}`),
  );
  expect(operations.map((operation) => operation.operationId).sort()).toEqual(procedures.sort());
  for (const operation of operations) {
    expect(operation.summary).toMatch(/^[A-Z]/);
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['200', '400', '404', '409', '503']));
  }
});

test('references inside the document lead somewhere', async () => {
  const document = await openApiDocument('1.2.3', '/api');
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
  for (const [, pointer = ''] of references) {
    const target = pointer
      .split('/')
      .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
    expect(target).toBeDefined();
  }
});
