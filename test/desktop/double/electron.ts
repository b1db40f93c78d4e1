/**
 * Stands in for the module `electron` of the main process. It has what the app uses and no more: an import of anything else
 * fails when the app is loaded, and a contract test holds every member to Electron's own declarations.
 */
export { app } from './app-module.ts';
export { BrowserWindow } from './browser-window.ts';
export { Menu, Notification, Tray, dialog, nativeImage, shell } from './furniture.ts';
export { MessageChannelMain } from './message-ports.ts';
export { autoUpdater, net } from './net.ts';
export { protocol, session } from './pages.ts';
export { safeStorage } from './keyring.ts';
export { crashReporter, nativeTheme, powerMonitor, powerSaveBlocker, screen } from './system.ts';
export { utilityProcess } from './utility-process.ts';
export { ipcMain, webContents } from './web-contents.ts';
