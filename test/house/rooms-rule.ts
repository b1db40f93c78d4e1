/** The ESLint rule that holds each import against the table of rooms. */
import { relative, sep } from 'node:path';
import type { Rule } from 'eslint';
import { judgeImport } from './rooms.ts';

/** A rule for a tree that is rooted at `root`; files outside it are left alone. */
export function roomsRule(root: string): Rule.RuleModule {
  return {
    meta: { type: 'problem', schema: [], messages: { room: '{{reason}}.' } },
    create(context) {
      const from = relative(root, context.physicalFilename).split(sep).join('/');
      if (from.startsWith('..')) return {};
      const check = (node: Rule.Node, specifier: unknown, typeOnly: boolean): void => {
        if (typeof specifier !== 'string') return;
        const reason = judgeImport({ from, specifier, typeOnly });
        if (reason !== undefined) context.report({ node, messageId: 'room', data: { reason } });
      };
      return {
        ImportDeclaration: (node) => {
          check(node, node.source.value, kindOf(node, 'importKind') === 'type');
        },
        ExportNamedDeclaration: (node) => {
          check(node, node.source?.value, kindOf(node, 'exportKind') === 'type');
        },
        ExportAllDeclaration: (node) => {
          check(node, node.source.value, kindOf(node, 'exportKind') === 'type');
        },
        ImportExpression: (node) => {
          if (node.source.type === 'Literal') check(node, node.source.value, false);
        },
      };
    },
  };
}

/** The parser for TypeScript marks type imports; the plain tree of ESLint has no such field. */
function kindOf(node: object, field: 'importKind' | 'exportKind'): unknown {
  return (node as Partial<Record<typeof field, unknown>>)[field];
}
