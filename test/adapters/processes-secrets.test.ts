/** Secrets and real processes: where a value is while a task runs, and where it never is. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ProcessSpec, startProcess } from '../../core/adapters/processes/process-run.ts';
import { runPaths } from '../../core/adapters/processes/run-folder.ts';
import type { RunHost } from '../../core/adapters/processes/run-host.ts';
import { withSecrets } from '../../core/adapters/processes/run-secrets.ts';
import { MASK } from '../../core/adapters/processes/redaction.ts';
import { type Action, actionSchema } from '../../core/domain/action.ts';
import type { LaunchSpec, ProcessRunner } from '../../core/ports/process-runner.ts';
import { EventRecorder, launchSpec, startRunner } from '../conformance/process-world.ts';
import { createRealProcessWorld, killProcess, pidsOfRun, shell, until } from './processes/real-process-world.ts';

const VALUE = 'tr0ub4dor & "three"';
const KEY = { secret: 'key' };

let world: Awaited<ReturnType<typeof createRealProcessWorld>>;
let recorder: EventRecorder;
let runner: ProcessRunner;

beforeEach(async () => {
  world = await createRealProcessWorld();
  recorder = new EventRecorder();
  runner = await startRunner(world, recorder);
});
afterEach(() => world.close());

function withKey(action: Action): LaunchSpec {
  return launchSpec(action, { secrets: { key: new TextEncoder().encode(VALUE) } });
}

async function run(action: Action) {
  const spec = withKey(action);
  runner.launch(spec);
  return { spec, final: await recorder.final(spec.runId), output: await world.outputOf(spec.runId) };
}

/** The run as the launcher is told of it. */
function withPlainSecrets(action: Action) {
  const { secrets: _bytes, ...spec } = launchSpec(action);
  return { ...spec, secrets: { key: VALUE } };
}

/** Files of a folder, however deep, that hold a text; pipes and sockets aside. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}

describe('a secret in the environment', () => {
  test('reaches the process, and shows in none of its outputs, results or files', async () => {
    const script = 'test "$KEY" = "$WANTED" && echo same; echo "$KEY"; echo "$KEY" >&2; printf %s "$KEY" | base64';
    const wanted = { secret: 'key', prefix: '' };
    const action = shell(`${script}\nprintf '::carillon::{"result":"got %s"}\\n' tr0ub4dor`, {
      environment: { KEY, WANTED: wanted },
    });
    const { output } = await run(action);
    expect(output.split('\n').filter((line) => line !== '')).toEqual(['same', MASK, MASK, MASK]);
    expect(filesWith(world.workFolder, 'tr0ub4dor &')).toEqual([]);
  });

  test('is taken out of a result, of any form', async () => {
    const action = shell(`printf '::carillon::{"result":{"said":"%s"}}\\n' 'tr0ub4dor & \\"three\\"'`);
    const { final } = await run(action);
    expect(final).toMatchObject({ outcome: { result: JSON.stringify({ said: MASK }) } });
  });

  test('is covered when it comes letter by letter, and in what is read while the task goes on', async () => {
    const letters = `for part in tr0 ub4 dor ' & "' thr 'ee"'; do printf %s "$part"; sleep 0.05; done`;
    expect((await run(shell(`printf '<'; ${letters}; printf '>'`, { environment: { KEY } }))).output).toBe(`<${MASK}>`);
  });

  test('may follow a prefix', async () => {
    const { output } = await run(
      shell('printf %s "$URL" | wc -c', { environment: { URL: { secret: 'key', prefix: 'db://u:' } } }),
    );
    expect(Number(output)).toBe('db://u:'.length + VALUE.length);
  });

  test('is in no command line, and in the environment of no other task', async () => {
    const other = launchSpec(shell('sleep 60'));
    const spec = withKey(shell('sleep 60', { environment: { KEY } }));
    runner.launch(spec);
    runner.launch(other);
    await until(() => pidsOfRun(spec.runId).length > 0 && pidsOfRun(other.runId).length > 0);
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      expect(readProc(pid, 'cmdline')).not.toContain(VALUE);
    }
    for (const pid of pidsOfRun(spec.runId)) expect(readProc(String(pid), 'environ')).toContain(VALUE);
    for (const pid of [...pidsOfRun(other.runId), ...world.launcherPids()]) {
      expect(readProc(String(pid), 'environ')).not.toContain(VALUE);
    }
  });

  test('is on no disk, also after agent and launcher were killed', async () => {
    const spec = withKey(shell('echo "$KEY"; sleep 60', { environment: { KEY } }));
    runner.launch(spec);
    await until(() => pidsOfRun(spec.runId).length > 0);
    expect(filesWith(world.workFolder, 'tr0ub4dor')).toEqual([]);
    await runner.stop();
    for (const pid of world.launcherPids()) killProcess(pid);
    await until(() => world.launcherPids().length === 0);
    expect(filesWith(world.workFolder, 'tr0ub4dor')).toEqual([]);
    const later = world.createRunner();
    const heard = new EventRecorder();
    await later.start(heard.take, [spec.runId]);
    expect(await heard.final(spec.runId)).toMatchObject({ type: 'vanished' });
    expect(filesWith(world.workFolder, 'tr0ub4dor')).toEqual([]);
  });

  test('is covered in the output of a run that another agent has taken over', async () => {
    const flag = join(world.workFolder, 'go');
    const spec = withKey(shell(`while ! test -e ${flag}; do sleep 0.02; done; echo "$KEY"`, { environment: { KEY } }));
    runner.launch(spec);
    await until(() => pidsOfRun(spec.runId).length > 0);
    await runner.stop();
    const later = world.createRunner();
    const heard = new EventRecorder();
    await later.start(heard.take, [spec.runId]);
    writeFileSync(flag, '');
    await heard.final(spec.runId);
    expect(await world.outputOf(spec.runId)).toBe(`${MASK}\n`);
  });

  test('SECRET_UNREADABLE: a run whose secret was not handed over does not start', async () => {
    const spec = launchSpec(shell('echo started', { environment: { KEY } }));
    runner.launch(spec);
    expect(await recorder.final(spec.runId)).toMatchObject({ type: 'not-started', code: 'SECRET_UNREADABLE' });
  });
});

describe('a secret in a file', () => {
  test('is in memory, for the user alone, while the run lasts', async () => {
    const action = shell('echo "$KEY_FILE"; stat -c "%a %s" "$KEY_FILE"; stat -f -c %T "$KEY_FILE"; cat "$KEY_FILE"', {
      secretFiles: { KEY_FILE: 'key' },
    });
    const { output } = await run(action);
    const [path = '', ...rest] = output.split('\n');
    expect(rest).toEqual([`600 ${VALUE.length}`, 'tmpfs', MASK]);
    expect(existsSync(path)).toBe(false);
    expect(filesWith(world.workFolder, 'tr0ub4dor')).toEqual([]);
  });
});

test('SECRET_FILES_UNAVAILABLE: where there is no folder in memory, the run is refused rather than given a file on a disk', async () => {
  const plain = withSecrets(withPlainSecrets(shell('cat "$KEY_FILE"', { secretFiles: { KEY_FILE: 'key' } })));
  if ('code' in plain) throw new Error(plain.text);
  // Only what is asked before anything is opened.
  const host = { environment: {}, secretFiles: { available: false } } as unknown as RunHost;
  const started = startProcess(host, plain as ProcessSpec, runPaths(world.dataFolder, plain.runId), undefined);
  expect(await started).toMatchObject({ code: 'SECRET_FILES_UNAVAILABLE' });
});

describe('a secret in a request', () => {
  test('is sent in headers and body, covered when it is echoed, and not told to another site', async () => {
    const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        seen.push({ headers: request.headers, body });
        const { port } = server.address() as AddressInfo;
        if (request.url === '/away') response.writeHead(307, { Location: `http://localhost:${port}/echo` }).end();
        else response.end(`${String(request.headers['x-key'] ?? 'none')} ${body}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const headers = { 'X-Key': { secret: 'key', prefix: 'Bearer ' } };
    try {
      const posted = await run(httpAction({ method: 'POST', url: `${base}/echo`, headers, body: KEY }));
      expect(seen[0]).toMatchObject({ headers: { 'x-key': `Bearer ${VALUE}` }, body: VALUE });
      expect(posted.output.endsWith(`Bearer ${MASK} ${MASK}`)).toBe(true);
      const away = await run(httpAction({ url: `${base}/away`, headers }));
      expect(away.output.endsWith('none ')).toBe(true);
      const refused = await run(httpAction({ method: 'POST', url: `${base}/away`, body: KEY }));
      expect(refused.final).toMatchObject({ outcome: { failure: { code: 'HTTP_REQUEST_FAILED' } } });
      expect(seen.filter(({ body }) => body === VALUE)).toHaveLength(2);
    } finally {
      server.close();
    }
  });
});

function httpAction(fields: object): Action {
  return actionSchema.parse({ type: 'http', ...fields });
}

/** Empty when the process has ended meanwhile, or is not ours to look at. */
function readProc(pid: string, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
