/** What a page may do is decided by where it is. */
import { describe, expect, it } from 'vitest';
import { isAppAddress, pageAddress } from '../../electron/decisions/app-address.ts';
import { mayBeHeard, mayHave, mayOpenOutside } from '../../electron/decisions/page-rules.ts';
import { PAGE_SETTINGS, windowLook } from '../../electron/decisions/window-look.ts';

const FOREIGN = [
  'https://carillon/index.html',
  'app://carillon.example.org/index.html',
  'app://evil/index.html',
  'app://carillon:8080/',
  'app://carillon@evil/',
  'file:///index.html',
  'about:blank',
  'nonsense',
  '',
];

describe('the address of the app', () => {
  it.each([pageAddress(), pageAddress('#/tasks'), 'app://carillon/other.html'])('is %s', (address) => {
    expect(isAppAddress(address)).toBe(true);
  });

  it.each(FOREIGN)('is not "%s"', (address) => {
    expect(isAppAddress(address)).toBe(false);
  });
});

describe('a page', () => {
  it('may copy, if it is the app’s own, and nothing else', () => {
    expect(mayHave('clipboard-sanitized-write', pageAddress())).toBe(true);
    for (const page of [...FOREIGN, undefined]) expect(mayHave('clipboard-sanitized-write', page)).toBe(false);
    for (const name of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', '']) {
      expect(mayHave(name, pageAddress()), name).toBe(false);
    }
  });

  it('is heard from its top frame alone', () => {
    expect(mayBeHeard({ url: pageAddress('#/runs'), parent: null })).toBe(true);
    expect(mayBeHeard({ url: pageAddress(), parent: {} })).toBe(false);
    expect(mayBeHeard(null)).toBe(false);
    for (const url of FOREIGN) expect(mayBeHeard({ url, parent: null }), url).toBe(false);
  });

  it('opens links of the web outside, if they are enciphered', () => {
    expect(mayOpenOutside('https://example.org/docs')).toBe(true);
    const others = [
      'http://example.org/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'smb://host/share',
      'app://carillon/',
      '',
    ];
    expect(others.filter(mayOpenOutside)).toEqual([]);
  });
});

describe('the window', () => {
  it('keeps its page in the sandbox, apart from the shell, without Node', () => {
    expect(PAGE_SETTINGS).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      navigateOnDragDrop: false,
    });
    const weaker = ['webSecurity', 'allowRunningInsecureContent', 'experimentalFeatures', 'enableBlinkFeatures'];
    expect(weaker.filter((name) => name in PAGE_SETTINGS)).toEqual([]);
  });

  it('is not shown before it is wanted, and begins in the colour of its page', () => {
    expect(windowLook(true)).toMatchObject({ show: false, backgroundColor: '#14161a' });
    expect(windowLook(false)).toMatchObject({ show: false, backgroundColor: '#f6f7f9' });
  });
});
