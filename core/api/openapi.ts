/** The OpenAPI 3.1 document of the table, for those who speak REST. Generated, so that it cannot drift. */
import { OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import { contract } from './contract.ts';

/** The document's JSON. @param version of the program. @param basePath where the REST carrier listens, such as `/api`. */
export async function openApiDocument(version: string, basePath: string): Promise<object> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  return generator.generate(contract, {
    info: {
      title: 'Carillon',
      version,
      description: 'The local API of one Carillon agent. It answers on loopback only, to the token of its data folder.',
    },
    servers: [{ url: basePath }],
    security: [{ bearer: [] }],
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    customErrorResponseBodySchema: ERROR_BODY,
  });
}

const ERROR_BODY = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: { type: 'string' },
        message: { type: 'string' },
        advice: { type: 'string' },
        field: { type: 'string' },
      },
      required: ['code', 'message', 'advice'],
    },
  },
  required: ['error'],
} as const;
