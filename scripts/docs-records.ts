/** Reads the record types out of their own source, with what their docstrings say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface RecordField {
  readonly name: string;
  readonly type: string;
  readonly doc: string;
}

export interface RecordPage {
  readonly file: string;
  readonly recordType: string;
  readonly version: string;
  /** What the file says of itself at its top. */
  readonly doc: string;
  readonly fields: readonly RecordField[];
}

/** Every record type in a folder, in the order of their names. */
export function readRecordPages(folder: string): RecordPage[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => recordsIn(name, readFileSync(join(folder, name), 'utf8')))
    .sort((a, b) => (a.recordType < b.recordType ? -1 : 1));
}

function recordsIn(file: string, text: string): RecordPage[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const doc = firstComment(text);
  return source.statements
    .filter((statement) => ts.isInterfaceDeclaration(statement))
    .flatMap((declaration) => {
      const fields = fieldsOf(declaration, source);
      const recordType = literalOf(fields, 'type');
      const version = literalOf(fields, 'version');
      if (recordType === undefined || version === undefined) return [];
      const rest = fields.filter(({ name }) => name !== 'type' && name !== 'version');
      return [{ file, recordType, version, doc, fields: rest }];
    });
}

function fieldsOf(declaration: ts.InterfaceDeclaration, source: ts.SourceFile): RecordField[] {
  return declaration.members.filter(ts.isPropertySignature).map((member) => ({
    name: member.name.getText(source),
    type: member.type?.getText(source).replaceAll(/\s+/g, ' ') ?? 'unknown',
    doc: docOf(member),
  }));
}

function docOf(node: ts.Node): string {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return comments.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '').join(' ');
}

function literalOf(fields: readonly RecordField[], name: string): string | undefined {
  const type = fields.find((field) => field.name === name)?.type;
  return /^('.*'|\d+)$/.test(type ?? '') ? type?.replaceAll("'", '') : undefined;
}

function firstComment(text: string): string {
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? '';
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, ''))
    .join('\n')
    .trim();
}
