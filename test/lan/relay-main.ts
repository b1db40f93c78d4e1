/**
 * The far end of a relay, to be run on a machine of the LAN: whoever connects to its socket file and first says a port, on
 * a line of its own, talks to that port of the machine's loopback from then on. Ends with its standard input.
 */
import { createConnection, createServer, type Socket } from 'node:net';

const LONGEST_LINE = 16;

const [path = ''] = process.argv.slice(2);
createServer({ allowHalfOpen: true }, (near) => {
  near.on('error', () => near.destroy());
  near.once('readable', () => meet(near));
}).listen(path, () => process.stdout.write('ready\n'));
process.stdin.on('end', () => process.exit(0)).resume();

function meet(near: Socket): void {
  const line: number[] = [];
  for (;;) {
    const byte = (near.read(1) as Buffer | null)?.[0];
    if (byte === 0x0a) break;
    // The whole line comes in one piece, or this is nobody we know.
    if (byte === undefined || line.length === LONGEST_LINE) return void near.destroy();
    line.push(byte);
  }
  const far = createConnection({ host: '127.0.0.1', port: Number(Buffer.from(line).toString()), allowHalfOpen: true });
  far.on('error', () => near.destroy()).on('close', () => near.destroy());
  near.on('close', () => far.destroy());
  near.pipe(far).pipe(near);
}
