/**
 * What runs in the page: the bridge in both of its worlds, and what a sandboxed preload finds in its own. These functions are
 * sent as text, so each holds all that it needs. Between the worlds go events of the document, which both can see; data is
 * copied, functions are called from afar.
 */

/** Both ends of `contextBridge`. @param channel a name that no page can guess. */
function makeBridge(side: 'main' | 'isolated', channel: string): { expose(name: string, value: unknown): void } {
  type Packed = { f?: number; list?: Packed[]; record?: [string, Packed][]; data?: unknown };
  type Sent = { kind: 'call' | 'answer' | 'expose'; id?: number; name?: string; values?: Packed[]; fault?: string };
  const other = side === 'main' ? 'isolated' : 'main';
  const functions: ((...values: unknown[]) => unknown)[] = [];
  let answer: Sent | undefined;
  const pack = (value: unknown): Packed => {
    if (typeof value === 'function') return { f: functions.push(value as (typeof functions)[number]) - 1 };
    if (Array.isArray(value)) return { list: value.map(pack) };
    if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
      return { record: Object.entries(value).map(([name, field]) => [name, pack(field)]) };
    }
    return { data: structuredClone(value) };
  };
  const unpack = ({ f, list, record, data }: Packed): unknown => {
    if (f !== undefined) return (...values: unknown[]) => call(f, values);
    if (list !== undefined) return list.map(unpack);
    if (record !== undefined)
      return Object.freeze(Object.fromEntries(record.map(([key, field]) => [key, unpack(field)])));
    return data;
  };
  const send = (sent: Sent): void => {
    document.dispatchEvent(new CustomEvent(`${channel}-${other}`, { detail: JSON.stringify(sent) }));
  };
  const call = (id: number, values: unknown[]): unknown => {
    answer = undefined;
    send({ kind: 'call', id, values: values.map(pack) });
    const got = answer as Sent | undefined;
    if (got === undefined) throw new Error('the other world is gone');
    if (got.fault !== undefined) throw new Error(got.fault);
    return unpack(got.values?.[0] ?? {});
  };
  document.addEventListener(`${channel}-${side}`, (event) => {
    const sent = JSON.parse((event as CustomEvent<string>).detail) as Sent;
    if (sent.kind === 'answer') {
      answer = sent;
    } else if (sent.kind === 'expose') {
      const name = sent.name ?? '';
      if (name in window) throw new Error('Cannot bind an API on top of an existing property on the window object');
      Object.defineProperty(window, name, { value: unpack(sent.values?.[0] ?? {}), enumerable: true });
    } else {
      try {
        send({ kind: 'answer', values: [pack(functions[sent.id ?? -1]?.(...(sent.values ?? []).map(unpack)))] });
      } catch (fault) {
        send({ kind: 'answer', fault: String(fault) });
      }
    }
  });
  return { expose: (name, value) => send({ kind: 'expose', name, values: [pack(value)] }) };
}

/** What `require` finds in a sandboxed preload, and how the main process reaches it. */
function makePreloadHost(
  bridge: { expose(name: string, value: unknown): void },
  post: (message: object) => void,
): (name: string) => unknown {
  type Listener = (event: object, ...values: unknown[]) => void;
  type Received = {
    kind: 'send' | 'port' | 'port-close';
    channel: string;
    values: unknown[];
    ports: number[];
    id: number;
  };
  const listeners = new Map<string, Listener[]>();
  const ports = new Map<number, MessagePort>();
  const openPort = (id: number): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', ({ data }) => post({ kind: 'port', id, value: data as unknown }));
    port1.addEventListener('close', () => post({ kind: 'port-close', id }));
    port1.start();
    ports.set(id, port1);
    return port2;
  };
  const ipcRenderer = {
    on: (channel: string, listener: Listener) => {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
      return ipcRenderer;
    },
    send: (channel: string, ...values: unknown[]) => post({ kind: 'send', channel, values: structuredClone(values) }),
  };
  const modules: Record<string, unknown> = {
    electron: { contextBridge: { exposeInMainWorld: bridge.expose }, ipcRenderer },
    events: {},
    timers: { setTimeout, clearTimeout, setInterval, clearInterval },
    url: { URL, URLSearchParams },
  };
  Object.assign(globalThis, {
    fromMainProcess: (received: Received) => {
      if (received.kind === 'port') ports.get(received.id)?.postMessage(received.values[0]);
      else if (received.kind === 'port-close') ports.get(received.id)?.close();
      else {
        const event = { sender: ipcRenderer, ports: received.ports.map(openPort) };
        for (const listener of listeners.get(received.channel) ?? []) listener(event, ...received.values);
      }
    },
  });
  return (name) => {
    const found = modules[name.replace(/^node:/, '')];
    if (found === undefined) throw new Error(`module not found: ${name}`);
    return found;
  };
}

/** The name of the isolated world, and of the function there that reaches the main process. */
export const WORLD = 'Electron Isolated Context';
export const POST_BINDING = 'toMainProcess';

/** Only in the page itself, not in what it may embed. */
function whenTop(code: string): string {
  return `if (window === window.top && location.href !== 'about:blank') { (() => { ${code} })(); }`;
}

export function mainWorldSource(channel: string): string {
  return whenTop(`${makeBridge.toString()} makeBridge('main', ${JSON.stringify(channel)});`);
}

export function preloadSource(preload: string, channel: string): string {
  return whenTop(`${makeBridge.toString()} ${makePreloadHost.toString()}
    const post = (message) => globalThis.${POST_BINDING}(JSON.stringify(message));
    try {
      const require = makePreloadHost(makeBridge('isolated', ${JSON.stringify(channel)}), post);
      (function (require, process, module, exports) { ${preload}\n })(require, { platform: 'linux' }, { exports: {} }, {});
    } catch (fault) {
      post({ kind: 'preload-error', message: String(fault && fault.stack || fault) });
    }`);
}
