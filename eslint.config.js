/**
 * Lint rules, room by room. Correctness comes from typescript-eslint's strict set with types; the house's own rules are
 * the table of rooms and the calls that deciding code must not make. Formatting is prettier's alone.
 */
import { fileURLToPath } from 'node:url';
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import svelteConfig from './svelte.config.js';
import { BANNED_CALLS, BANNED_EMPTY_DATE } from './test/house/banned-calls.ts';
import { roomsRule } from './test/house/rooms-rule.ts';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const DECIDING = { files: ['core/**/*.ts'], ignores: ['core/adapters/**'] };
/** Files of the tree's own tools, outside every TypeScript project. */
const TOOLS = ['*.ts', '*.js', 'scripts/**/*.{ts,js,mjs}', 'agent/bin/*.mjs'];

const NO_DEFAULT_EXPORT = {
  selector: 'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"]',
  message: 'Export by name: it is the same name everywhere, and can be searched for.',
};
const NO_EMPTY_DATE = {
  selector: 'NewExpression[callee.name="Date"][arguments.length=0], CallExpression[callee.name="Date"]',
  message: `This reads the clock: ${BANNED_EMPTY_DATE}.`,
};

const bannedGlobals = BANNED_CALLS.filter(({ object, name }) => object === undefined || name === undefined).map(
  ({ object, name, instead }) => ({ name: object ?? name, message: `Not in deciding code: ${instead}.` }),
);
const bannedProperties = BANNED_CALLS.filter(({ object, name }) => object !== undefined && name !== undefined).map(
  ({ object, name, instead }) => ({ object, property: name, message: `Not in deciding code: ${instead}.` }),
);

export default tseslint.config(
  { ignores: ['out/', 'release/', 'node_modules/', 'test-results/', 'playwright-report/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  svelte.configs.recommended,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: ROOT } } },
  {
    name: 'house',
    plugins: { house: { rules: { rooms: roomsRule(ROOT) } } },
    rules: {
      'house/rooms': 'error',
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT],
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70 }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  {
    name: 'strict rules that this house does without',
    rules: {
      // `return sendBeat(turn, id)` ends a branch; that is the shape of every step.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      // A text is spread into code points on purpose; `+1` stands beside `-1`.
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-unnecessary-type-conversion': 'off',
      // What keeps a port's promise is async also where it has nothing to wait for: so what it throws is a rejection.
      '@typescript-eslint/require-await': 'off',
      // `Result<Output, AppError>` says both on purpose, though the second is the default.
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
      // A type of the caller's choice for what was parsed; `Record<never, never>` for a library's empty context.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      // Libraries promise more than they keep (`JSON.stringify(undefined)`, the size of a terminal that is none), and a
      // field may change while a method waits.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unnecessary-boolean-literal-compare': 'off',
      // Faults of Node's file functions are known to be `ErrnoException`.
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'off',
      // Libraries hand over objects of functions. Our classes keep their state in private fields: a method that lost
      // its `this` throws at once.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // Terminal output is made of control characters.
      'no-control-regex': 'off',
    },
  },
  {
    name: 'deciding code',
    ...DECIDING,
    languageOptions: { globals: {} },
    rules: {
      'no-restricted-globals': ['error', { globals: bannedGlobals, checkGlobalObject: true }],
      'no-restricted-properties': ['error', ...bannedProperties],
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT, NO_EMPTY_DATE],
    },
  },
  {
    name: 'api',
    files: ['core/api/**/*.ts'],
    // The `AbortSignal` of procedures is in no library that core sees; it is passed on as it is.
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  {
    name: 'svelte',
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
    // View-models keep plain collections where nothing on the screen follows from them directly.
    rules: { 'svelte/prefer-svelte-reactivity': 'off' },
  },
  {
    name: 'components',
    files: ['**/*.svelte'],
    rules: {
      // A line break in an attribute can be written in no other way.
      'svelte/no-useless-mustaches': ['error', { ignoreStringEscape: true }],
      // Typed lint sees the props of components as `any`; svelte-check has their types and covers this.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
    },
  },
  {
    name: 'tests of the page',
    files: ['test/renderer/**/*.ts'],
    languageOptions: { parserOptions: { projectService: false, project: './renderer/tsconfig.json' } },
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    name: 'tests',
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      // `expect.any(…)` and what was parsed from JSON to be looked at are `any`.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    name: 'tools',
    files: TOOLS,
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { ...globals.node, ...globals.browser }, parserOptions: { projectService: false } },
    rules: { 'no-restricted-syntax': 'off' },
  },
);
