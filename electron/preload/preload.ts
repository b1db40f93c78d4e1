/**
 * The bridge between the window's page and the main process. It runs in a world of its own, has no Node, and gives the page
 * four functions; the page never sees Electron's own objects.
 */
import { contextBridge, ipcRenderer } from 'electron';
import { BRIDGE_NAME, type OpenedTaskFile, PORT_MESSAGE, type ShellBridge } from '../../core/carrier/shell-bridge.ts';
import { CORE_PORT_CHANNEL, FILE_CHANNEL, GO_CHANNEL, TROUBLE_CHANNEL } from '../shared/channels.ts';

const bridge: ShellBridge = {
  requestCorePort: () => ipcRenderer.send(CORE_PORT_CHANNEL),
  onGo: (listener) => {
    ipcRenderer.on(GO_CHANNEL, (_event, hash: unknown) => {
      if (typeof hash === 'string') listener(hash);
    });
  },
  onFile: (listener) => {
    ipcRenderer.on(FILE_CHANNEL, (_event, file: OpenedTaskFile) => listener(file));
  },
  onTrouble: (listener) => {
    ipcRenderer.on(TROUBLE_CHANNEL, (_event, trouble: unknown) => {
      if (typeof trouble === 'string') listener(trouble);
    });
  },
};

// Ports cannot go over the bridge; they can over the window's own messages.
ipcRenderer.on(CORE_PORT_CHANNEL, (event) => {
  window.postMessage(PORT_MESSAGE, window.location.origin, [...event.ports]);
});
contextBridge.exposeInMainWorld(BRIDGE_NAME, bridge);
