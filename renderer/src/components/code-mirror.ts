/** CodeMirror as the console uses it, in one place that is loaded when the first editor is shown. */
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import {
  HighlightStyle,
  StreamLanguage,
  bracketMatching,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language';
import { python } from '@codemirror/legacy-modes/mode/python';
import { shell } from '@codemirror/legacy-modes/mode/shell';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

export type CodeLanguage = 'shell' | 'python' | 'yaml' | 'plain';

export interface CodeProblem {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export interface CodeOptions {
  readonly parent: HTMLElement;
  readonly text: string;
  readonly label: string;
  readonly language: CodeLanguage;
  readonly onchange: (text: string) => void;
}

/** One editor on the page. */
export interface CodeHandle {
  setText(text: string): void;
  setProblems(problems: readonly CodeProblem[]): void;
  readonly focused: boolean;
  /** Takes the focus, with this selected. */
  focus(from: number, to: number): void;
  destroy(): void;
}

const colours = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--dim)', fontStyle: 'italic' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ansi-2)' },
  {
    tag: [tags.keyword, tags.definitionKeyword, tags.propertyName, tags.definition(tags.propertyName)],
    color: 'var(--ansi-4)',
  },
  { tag: [tags.standard(tags.variableName), tags.meta], color: 'var(--ansi-5)' },
  { tag: [tags.number, tags.bool, tags.null, tags.attributeName], color: 'var(--ansi-6)' },
  { tag: [tags.definition(tags.variableName), tags.variableName], color: 'var(--ansi-3)' },
]);

const look = EditorView.theme({
  '&': { fontSize: '0.8125rem', backgroundColor: 'var(--panel)', color: 'var(--fg)', height: '100%' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-1px', borderRadius: '0.4375rem' },
  '.cm-scroller': { fontFamily: 'var(--default-mono-font-family, ui-monospace, monospace)', lineHeight: '1.25rem' },
  '.cm-content': { caretColor: 'var(--fg)', padding: '8px 0' },
  '.cm-gutters': {
    backgroundColor: 'var(--sunken)',
    color: 'var(--dim)',
    border: 'none',
    borderRadius: '0.4rem 0 0 0.4rem',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '.cm-cursor': { borderLeftColor: 'var(--fg)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--selected)',
  },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', border: '1px solid var(--line)', color: 'var(--fg)' },
});

/** Makes an editor. Tab leaves it, as in every field; Ctrl and a bracket indent. */
export function createEditor({ parent, text, label, language, onchange }: CodeOptions): CodeHandle {
  let quiet = false;
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        indentOnInput(),
        bracketMatching(),
        languageOf(language),
        syntaxHighlighting(colours),
        lintGutter(),
        look,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
        keymap.of([
          { key: 'Mod-]', run: indentMore },
          { key: 'Mod-[', run: indentLess },
          ...defaultKeymap.filter((binding) => binding.key !== 'Mod-Enter'),
          ...historyKeymap,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !quiet) onchange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    setText: (next) => {
      if (next === view.state.doc.toString()) return;
      quiet = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
      quiet = false;
    },
    setProblems: (problems) => {
      const { doc } = view.state;
      const diagnostics = problems.map(({ line, text: message }) => {
        const place = doc.line(Math.min(Math.max(line, 1), doc.lines));
        return { from: place.from, to: place.to, severity: 'error' as const, message };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    get focused() {
      return view.hasFocus;
    },
    focus: (from, to) => {
      view.dispatch({ selection: { anchor: from, head: to } });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}

function languageOf(language: CodeLanguage) {
  switch (language) {
    case 'shell':
      return StreamLanguage.define(shell);
    case 'python':
      return StreamLanguage.define(python);
    case 'yaml':
      return yaml();
    case 'plain':
      return [];
  }
}
