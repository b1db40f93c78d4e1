/** Types of browser.mjs, for tests that are type-checked. */
export declare const CHROMIUM_ARGUMENTS: readonly string[];
export declare function findChromium(): string | undefined;
