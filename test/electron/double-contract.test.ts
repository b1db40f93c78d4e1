/** The double invents nothing: each of its members is in Electron's own declarations. It may lack things, and does. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const PROBE = fileURLToPath(new URL('./double-contract-probe.ts', import.meta.url));
const PROBE_TEXT = `import * as electron from 'electron';
import * as double from '../desktop/double/electron.ts';
export const real = electron;
export const stand = double;`;

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node', 'electron'],
};

/** The types of the two modules, as a file that imports both would see them. */
function typesOfModules(): { checker: ts.TypeChecker; real: ts.Type; double: ts.Type } {
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => path === PROBE || fileExists(path);
  host.readFile = (path) => (path === PROBE ? PROBE_TEXT : readFile(path));
  host.getSourceFile = (path, language) =>
    path === PROBE ? ts.createSourceFile(path, PROBE_TEXT, language) : getSourceFile(path, language);
  const program = ts.createProgram([PROBE], OPTIONS, host);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(PROBE);
  const probe = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  const typeOf = (name: string): ts.Type => {
    const symbol = probe?.exports?.get(ts.escapeLeadingUnderscores(name));
    if (symbol === undefined) throw new Error(`the probe has no ${name}`);
    return checker.getTypeOfSymbol(symbol);
  };
  return { checker, real: typeOf('real'), double: typeOf('stand') };
}

/** A thing and, for classes, what they make. */
function facesOf(type: ts.Type): ts.Type[] {
  return [type, ...type.getConstructSignatures().map((signature) => signature.getReturnType())];
}

function isOwn(symbol: ts.Symbol): boolean {
  const declaration = symbol.valueDeclaration;
  if (declaration === undefined || !declaration.getSourceFile().fileName.includes('/desktop/double/')) return false;
  const name = ts.isClassElement(declaration) ? declaration.name : undefined;
  return name === undefined || !ts.isPrivateIdentifier(name);
}

describe('the double of Electron', () => {
  it('has no member that Electron has not', () => {
    const { checker, real, double } = typesOfModules();
    const invented: string[] = [];
    let looked = 0;
    for (const symbol of double.getProperties()) {
      const counterpart = real.getProperty(symbol.name);
      if (counterpart === undefined) {
        invented.push(symbol.name);
        continue;
      }
      const realFaces = facesOf(checker.getTypeOfSymbol(counterpart));
      facesOf(checker.getTypeOfSymbol(symbol)).forEach((face, index) => {
        for (const member of face.getProperties().filter(isOwn)) {
          looked += 1;
          const name = `${symbol.name}.${member.name}`;
          if (realFaces[index]?.getProperty(member.name) === undefined) invented.push(name);
        }
      });
    }
    expect(invented).toEqual([]);
    expect(looked).toBeGreaterThan(60);
  }, 60_000);
});
