/** HTTP actions against a server on the loopback network. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpActionSchema, type Action } from '../../core/domain/action.ts';
import type { LaunchSpec, ProcessRunner } from '../../core/ports/process-runner.ts';
import { EventRecorder, launchSpec, startRunner } from '../conformance/process-world.ts';
import { createRealProcessWorld, type RealProcessWorld } from './processes/real-process-world.ts';

describe('HTTP actions', () => {
  let world: RealProcessWorld;
  let recorder: EventRecorder;
  let runner: ProcessRunner;
  let servers: Server[];

  beforeEach(async () => {
    servers = [];
    world = await createRealProcessWorld();
    recorder = new EventRecorder();
    runner = await startRunner(world, recorder);
  });
  afterEach(async () => {
    await world.close();
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const http = (fields: object): Action => httpActionSchema.parse({ type: 'http', ...fields });
  const run = async (fields: object, changes: Partial<LaunchSpec> = {}) => {
    const spec = launchSpec(http(fields), changes);
    runner.launch(spec);
    const { outcome } = await recorder.event(spec.runId, 'ended');
    return { outcome, output: await world.outputOf(spec.runId), events: recorder.of(spec.runId) };
  };

  test('the expected answer is success, and the whole answer is the output', async () => {
    const base = await serve((_request, response) => response.writeHead(200, { 'X-Mark': 'yes' }).end('hello there'));
    const { outcome, output, events } = await run({ url: `${base}/path`, expect: { bodyContains: 'lo th' } });
    expect(outcome).toMatchObject({ failure: undefined, exitCode: undefined, signal: undefined, timedOut: false });
    expect(output).toMatch(/^HTTP\/1\.1 200 OK\nX-Mark: yes\n/);
    expect(output).toMatch(/\n\nhello there$/);
    expect(outcome.outputBytes).toBe(Buffer.byteLength(output));
    expect(events[0]).toMatchObject({ type: 'started', pid: undefined });
  });

  test('method, headers and body are sent, and what identifies the run', async () => {
    let seen: IncomingMessage | undefined;
    let body = '';
    const base = await serve((request, response) => {
      seen = request;
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => response.writeHead(201).end());
    });
    const { outcome } = await run({
      url: base,
      method: 'PUT',
      headers: { 'content-type': 'text/plain', 'user-agent': 'mine', 'carillon-attempt': '9' },
      body: 'grüße',
    });
    expect(outcome.failure).toBeUndefined();
    expect(body).toBe('grüße');
    expect(seen?.method).toBe('PUT');
    expect(seen?.headers).toMatchObject({
      'user-agent': 'mine',
      'carillon-fencing-token': '7',
      'carillon-attempt': '9',
    });
  });

  test.each([
    ['a status that is not 2xx', { status: 500 }, {}, 'HTTP_EXPECTATION_FAILED'],
    ['a status that is not in the list', { status: 200 }, { status: [204] }, 'HTTP_EXPECTATION_FAILED'],
    ['a status in the list', { status: 404 }, { status: [404] }, undefined],
    ['a text that is missing', { status: 200 }, { bodyContains: 'absent' }, 'HTTP_EXPECTATION_FAILED'],
  ] as const)('%s', async (_name, answer, expectation, code) => {
    const base = await serve((_request, response) => response.writeHead(answer.status).end('body'));
    const { outcome, output } = await run({ url: base, expect: expectation });
    expect(outcome.failure?.code).toBe(code);
    expect(output).toContain('body');
  });

  test('a text that comes in two pieces is found', async () => {
    const base = await serve((_request, response) => {
      response.writeHead(200);
      response.write('one need', () => setImmediate(() => response.end('le two')));
    });
    expect((await run({ url: base, expect: { bodyContains: 'needle' } })).outcome.failure).toBeUndefined();
  });

  test('a refused connection is a failed request', async () => {
    const base = await serve(() => undefined);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    const { outcome } = await run({ url: `${base}/x?key=secret` });
    expect(outcome.failure).toMatchObject({
      code: 'HTTP_REQUEST_FAILED',
      text: expect.stringContaining('ECONNREFUSED') as string,
    });
    expect(outcome.failure?.text).not.toContain('secret');
  });

  test('an answer that breaks off is a failed request', async () => {
    const base = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('begun', () => response.destroy());
    });
    expect((await run({ url: base })).outcome.failure?.code).toBe('HTTP_REQUEST_FAILED');
  });

  test('a time limit ends a request that is not answered, and one whose answer does not end', async () => {
    const silent = await serve(() => undefined);
    const endless = await serve((_request, response) => response.writeHead(200).write('begun'));
    for (const url of [silent, endless]) {
      const { outcome } = await run({ url }, { timeoutMs: 200 });
      expect(outcome).toMatchObject({ timedOut: true, cancelled: false, failure: undefined });
    }
  });

  test('a cancel ends a request', async () => {
    const base = await serve(() => undefined);
    const spec = launchSpec(http({ url: base }));
    runner.launch(spec);
    await recorder.event(spec.runId, 'started');
    runner.terminate(spec.runId, 10_000);
    expect((await recorder.event(spec.runId, 'ended')).outcome).toMatchObject({ cancelled: true, failure: undefined });
  });

  test('redirects are followed or not, as the action says, and endless ones are given up', async () => {
    const methods: string[] = [];
    const base = await serve((request, response) => {
      methods.push(`${request.method} ${request.url}`);
      if (request.url === '/end') return response.writeHead(200).end('arrived');
      if (request.url === '/circle') return response.writeHead(302, { location: '/circle' }).end();
      return response.writeHead(303, { location: '/end' }).end();
    });
    expect((await run({ url: `${base}/go`, method: 'POST', body: 'x' })).outcome.failure).toBeUndefined();
    expect(methods).toEqual(['POST /go', 'GET /end']);
    const kept = await run({ url: `${base}/go`, followRedirects: false, expect: { status: [303] } });
    expect(kept.outcome.failure).toBeUndefined();
    expect((await run({ url: `${base}/circle` })).outcome.failure?.code).toBe('HTTP_REQUEST_FAILED');
  });

  test('credentials stay with their origin when a redirect leads away', async () => {
    let seen: IncomingMessage['headers'] | undefined;
    const away = await serve((request, response) => {
      seen = request.headers;
      response.end();
    });
    const base = await serve((_request, response) => response.writeHead(302, { location: away }).end());
    await run({ url: base, headers: { Authorization: 'Bearer secret', Cookie: 'a=b', 'X-Kept': '1' } });
    expect(seen).toMatchObject({ 'x-kept': '1' });
    expect(seen).not.toHaveProperty('authorization');
    expect(seen).not.toHaveProperty('cookie');
  });

  test('a large answer is kept up to the limit, and counted', async () => {
    const base = await serve((_request, response) => response.end(Buffer.alloc(5_000_000, 'a')));
    const { outcome } = await run({ url: base }, { outputLimitBytes: 4096 });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.outputBytes).toBe(4096);
    expect(outcome.outputDroppedBytes).toBeGreaterThan(4_990_000);
  });
});
