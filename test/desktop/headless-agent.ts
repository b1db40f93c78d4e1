/** Headless agents beside the app: on its own data folder, or as other machines. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './launch.ts';

/** Starts a headless agent and resolves when it is ready. */
export async function startAgent(dataFolder: string): Promise<ChildProcess> {
  const words = [
    'start',
    '--data',
    dataFolder,
    '--json',
    '--no-mdns',
    '--listen',
    '/ip4/127.0.0.1/tcp/0',
    '--console',
    '0',
  ];
  const agent = spawn(process.execPath, [join(ROOT, 'agent', 'bin', 'carillon.mjs'), ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise<void>((resolve, reject) => {
    agent.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('"ready"')) resolve();
    });
    agent.once('exit', (code) => reject(new Error(`the agent ended with ${code ?? 'a signal'}`)));
  });
  return agent;
}

/** Ends it as a service does. */
export async function endAgent(agent: ChildProcess): Promise<void> {
  if (agent.exitCode !== null) return;
  const ended = new Promise((resolve) => agent.once('exit', resolve));
  agent.kill('SIGTERM');
  await ended;
}
