/**
 * One process of a task, from spawn to recorded ending.
 *
 *   spawned ──► running ──► exited ──► (tree ended, if it was told to end) ──► pipes drained ──► concluded
 *                  └─ time limit or cancel: TERM to the tree, KILL after the grace time
 *
 * A run ends with its first process. What that leaves behind on purpose may live on, but its output is not waited for;
 * after a time limit or a cancel nothing of the tree is left.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { OutputStream } from '../../domain/output-spans.ts';
import { Deadline } from './deadline.ts';
import {
  checkWorkingDirectory,
  messageOf,
  spawnRefusal,
  type LaunchRefusal,
  type LaunchTarget,
} from './launch-refusal.ts';
import type { HeldRun } from './launcher-protocol.ts';
import { OutputCapture } from './output-capture.ts';
import { drainPipes } from './pipe-drain.ts';
import type { TaskPipe } from './pipe-pool.ts';
import { processStartTime } from './process-table.ts';
import { endTree, type ProcessTree } from './process-tree.ts';
import { ProtocolLines } from './protocol-lines.ts';
import { openNamelessFile, writeMeta, type RunPaths } from './run-folder.ts';
import { concludeRun, type ActiveRun, type RunHost } from './run-host.ts';
import { RedactedCapture } from './redacted-capture.ts';
import { redactEnding, type PlainProcessAction, type PlainSpec } from './run-secrets.ts';
import { asUser, environmentOf, type OtherUser } from './run-as.ts';
import { makeOutcome, ProgressReports, type EndCause } from './run-outcome.ts';
import { resolveWorkingDirectory, taskEnvironment } from './task-environment.ts';

export type ProcessSpec = PlainSpec<PlainProcessAction>;

const NO_SECRET_FILES: LaunchRefusal = {
  code: 'SECRET_FILES_UNAVAILABLE',
  text: 'this machine has no folder in memory for files with secrets',
};

/**
 * Starts the process. Gives the run, or (soon) the reason why it did not start; throws errors of the run folder. On
 * refusal nothing is left open, and nothing was told to the agent.
 * @param found the user that it runs as; the launcher's own when absent
 */
export function startProcess(
  host: RunHost,
  spec: ProcessSpec,
  paths: RunPaths,
  found: OtherUser | undefined,
): ActiveRun | Promise<LaunchRefusal> {
  const folder = resolveWorkingDirectory(spec.action.workingDirectory, found?.home);
  const refusal = checkWorkingDirectory(folder);
  if (refusal !== undefined) return Promise.resolve(refusal);
  const { files } = spec.action;
  const hasFiles = Object.keys(files).length > 0;
  if (hasFiles && !host.secretFiles.available) return Promise.resolve(NO_SECRET_FILES);
  const secretPaths = hasFiles ? host.secretFiles.write(spec.runId, files, found) : {};
  const base = found === undefined ? host.environment : { ...host.environment, ...environmentOf(found) };
  const environment = taskEnvironment(base, { ...spec.action.environment, ...secretPaths }, spec);
  const plain = argvOf(spec.action, paths, found !== undefined);
  const argv = found === undefined ? plain : asUser(found, plain);
  const target: LaunchTarget = {
    program: plain[0] as string,
    folder,
    path: environment['PATH'],
    missing: spec.action.type === 'shell' ? 'INTERPRETER_NOT_FOUND' : 'COMMAND_NOT_FOUND',
  };
  const pipes: TaskPipe[] = [];
  let capture: OutputCapture | undefined;
  let stdin: number | undefined;
  try {
    capture = new OutputCapture(paths, spec.outputLimitBytes);
    stdin = openStdin(spec, paths);
    takePipes(host, pipes);
  } catch (error) {
    if (stdin !== undefined) closeSync(stdin);
    for (const pipe of pipes) closePipe(pipe);
    tidyUp(host, spec, paths);
    void capture?.end();
    throw error;
  }
  const opened = capture;
  const refuse = async (error: unknown): Promise<LaunchRefusal> => {
    for (const pipe of pipes) pipe.reader.destroy();
    tidyUp(host, spec, paths);
    await opened.end();
    return spawnRefusal(error, target);
  };
  let child: ChildProcess;
  let script: [number] | undefined;
  try {
    if (found !== undefined && spec.action.type === 'shell') script = [openSync(paths.script, 'r')];
    child = spawn(argv[0] as string, argv.slice(1), {
      cwd: folder,
      env: environment,
      detached: true,
      windowsHide: true,
      stdio: [stdin ?? 'pipe', pipes[0]?.writeEnd ?? 'pipe', pipes[1]?.writeEnd ?? 'pipe', ...(script ?? [])],
    });
  } catch (error) {
    return refuse(error);
  } finally {
    if (stdin !== undefined) closeSync(stdin);
    if (script !== undefined) closeSync(script[0]);
    for (const pipe of pipes) closeSync(pipe.writeEnd);
  }
  if (child.pid === undefined) {
    const started = child;
    return new Promise((resolve) => started.once('error', (error) => resolve(refuse(error))));
  }
  return new ProcessRun(host, spec, paths, child, opened, pipes);
}

class ProcessRun implements ActiveRun {
  readonly held: HeldRun;
  readonly #host: RunHost;
  readonly #spec: ProcessSpec;
  readonly #paths: RunPaths;
  readonly #capture: OutputCapture;
  readonly #tree: ProcessTree;
  readonly #readers: readonly Readable[];
  readonly #reports: ProgressReports;
  readonly #timeLimit: Deadline | undefined;
  #cause: EndCause | undefined;
  #killAtMs = Infinity;
  #treeEnded: Promise<void> = Promise.resolve();
  #exited = false;

  constructor(
    host: RunHost,
    spec: ProcessSpec,
    paths: RunPaths,
    child: ChildProcess,
    capture: OutputCapture,
    pipes: readonly TaskPipe[],
  ) {
    const pid = child.pid as number;
    this.held = { runId: spec.runId, pid, startedAt: Date.now() };
    this.#host = host;
    this.#spec = spec;
    this.#paths = paths;
    this.#capture = capture;
    this.#tree = { runId: spec.runId, pid };
    this.#reports = new ProgressReports((fraction) => host.emit({ type: 'progress', runId: spec.runId, fraction }));
    const stdout = pipes[0]?.reader ?? (child.stdout as Readable);
    const stderr = pipes[1]?.reader ?? (child.stderr as Readable);
    this.#readers = [stdout, stderr];
    this.#read(stdout, 'stdout', new ProtocolLines((report) => this.#reports.take(report)));
    this.#read(stderr, 'stderr', undefined);
    child.once('exit', (code, signal) => void this.#onExit(code, signal));
    child.on('error', (error) => host.log(`${spec.runId}: ${messageOf(error)}`));
    this.#feed(child);
    const { timeoutMs } = spec;
    if (timeoutMs !== undefined) {
      this.#timeLimit = new Deadline(timeoutMs, () => this.#end('time-limit', spec.killGraceMs));
    }
    this.#recordStart(pid);
  }

  terminate(graceMs: number): void {
    this.#end('cancel', graceMs);
  }

  #recordStart(pid: number): void {
    const { runId, taskId, action, timeoutMs, outputLimitBytes } = this.#spec;
    const startTime = processStartTime(pid);
    try {
      writeMeta(this.#paths, {
        runId,
        taskId,
        action: action.type,
        pid,
        ...(startTime === undefined ? {} : { startTime }),
        startedAt: this.held.startedAt,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        outputLimitBytes,
      });
    } catch (error) {
      // Its processes can be found by their marker as well.
      this.#host.log(`${runId}: the start could not be recorded: ${messageOf(error)}`);
    }
    this.#host.emit({ type: 'started', runId, pid, startedAt: this.held.startedAt });
  }

  #read(reader: Readable, name: OutputStream, lines: ProtocolLines | undefined): void {
    const output = new RedactedCapture(this.#capture, this.#spec.redaction, name);
    output.addSource(reader);
    reader.on('data', (chunk: Buffer) => {
      if (lines === undefined) output.push(chunk);
      else for (const plain of lines.push(chunk)) output.push(plain);
    });
    reader.once('close', () => {
      for (const plain of lines?.end() ?? []) output.push(plain);
      output.end();
      output.removeSource(reader);
    });
    reader.on('error', (error) => this.#host.log(`${this.#spec.runId}: output: ${messageOf(error)}`));
  }

  /** Where standard input is no file. A task that does not read it breaks the pipe, which is its right. */
  #feed(child: ChildProcess): void {
    if (child.stdin === null) return;
    child.stdin.on('error', (error) => this.#host.log(`${this.#spec.runId}: stdin: ${messageOf(error)}`));
    child.stdin.end(stdinOf(this.#spec));
  }

  #end(cause: EndCause, graceMs: number): void {
    if (this.#exited) return;
    this.#killAtMs = Math.min(this.#killAtMs, performance.now() + graceMs);
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.#timeLimit?.clear();
    this.#treeEnded = endTree(this.#tree, () => this.#killAtMs).then(
      (ended) => {
        if (!ended) this.#host.log(`${this.#spec.runId}: some of its processes cannot be killed`);
      },
      (error: unknown) => this.#host.log(`${this.#spec.runId}: its processes could not be ended: ${messageOf(error)}`),
    );
  }

  async #onExit(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    const finishedAt = Date.now();
    this.#timeLimit?.clear();
    // From here on a cancel comes too late, unless the tree is being ended already.
    this.#exited = this.#cause === undefined;
    await this.#treeEnded;
    this.#exited = true;
    await drainPipes(this.#readers);
    await this.#capture.end();
    this.#reports.flush();
    tidyUp(this.#host, this.#spec, this.#paths);
    const outcome = makeOutcome({
      startedAt: this.held.startedAt,
      finishedAt,
      capture: this.#capture,
      cause: this.#cause,
      exitCode: code ?? undefined,
      signal: signal ?? undefined,
      result: this.#reports.result,
    });
    concludeRun(
      this.#host,
      this.#spec.runId,
      this.#paths,
      redactEnding(this.#spec.redaction, { type: 'ended', outcome }),
    );
  }
}

/** Another user cannot enter the folder of the run, and reads the script by the descriptor that is handed on as 3. */
function argvOf(action: PlainProcessAction, paths: RunPaths, isOther: boolean): readonly string[] {
  if (action.type === 'command') return action.argv;
  writeFileSync(paths.script, action.script, { mode: isOther ? 0o644 : 0o600 });
  return [...action.interpreter, isOther ? '/dev/fd/3' : paths.script];
}

/** Removes the script and the files with secrets; a script may have removed itself. */
function tidyUp(host: RunHost, spec: ProcessSpec, paths: RunPaths): void {
  try {
    if (spec.action.type === 'shell') rmSync(paths.script, { force: true });
    if (Object.keys(spec.action.files).length > 0) host.secretFiles.remove(spec.runId);
  } catch (error) {
    host.log(`${spec.runId}: what it was given could not be removed: ${messageOf(error)}`);
  }
}

/** Both pipes, or none where there are none. Those that were taken are in `pipes` also when it throws. */
function takePipes(host: RunHost, pipes: TaskPipe[]): void {
  for (const _stream of ['stdout', 'stderr']) {
    const pipe = host.pipes.take();
    if (pipe !== undefined) pipes.push(pipe);
  }
  if (pipes.length === 1) for (const pipe of pipes.splice(0)) closePipe(pipe);
}

function closePipe(pipe: TaskPipe): void {
  closeSync(pipe.writeEnd);
  pipe.reader.destroy();
}

function stdinOf(spec: ProcessSpec): string {
  return spec.action.stdin ?? spec.description;
}

/** Undefined where a file that is open cannot lose its name; a pipe is used there. */
function openStdin(spec: ProcessSpec, paths: RunPaths): number | undefined {
  if (process.platform === 'win32') return undefined;
  return openNamelessFile(paths.stdin, stdinOf(spec), unlinkSync);
}
