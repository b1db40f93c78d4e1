/** `net` and `autoUpdater`: what electron-updater asks of Electron. Requests are those of Node; no proxy, no certificates of the system. */
import { EventEmitter } from 'node:events';
import { type ClientRequest, type RequestOptions, request } from 'node:http';
import { needsReady } from './double-state.ts';

export const net = {
  request(options: RequestOptions): ClientRequest {
    needsReady('net');
    return request(options);
  },
};

export const autoUpdater = new EventEmitter();
