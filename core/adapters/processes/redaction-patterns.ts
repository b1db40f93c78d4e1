/**
 * The forms in which the value of a secret may show up in what a task writes: as it is, as JSON and URLs and hexadecimal
 * digits write it, and in base64, by itself or inside something longer (`user:password`), where it begins at one of three
 * places of a group of four letters.
 */
import { SECRETS } from '../../config/constants.ts';

/** Lines of a longer value that are looked for by themselves. */
const LINE_BYTES = 16;
/** A larger value is no password in an address: it is looked for in the usual forms only. */
const LARGE_LENGTH = 4096;
/** Where programs break lines of base64: MIME (RFC 2045) and PEM (RFC 7468). */
const BASE64_LINES = [76, 64];

/** What is longer than two of these is looked for in pieces: so a part of it is found as well, and little is held back. */
const PIECE_BYTES = 256;

/** Every byte sequence that is to be found; none shorter than `SECRETS.redactedBytes`, each once. */
export function redactionPatterns(values: Iterable<string>): Buffer[] {
  const patterns = new Map<string, Buffer>();
  for (const value of values) {
    for (const form of formsOf(value)) {
      for (const piece of piecesOf(Buffer.from(form, 'utf8'))) {
        if (piece.length >= SECRETS.redactedBytes) patterns.set(piece.toString('latin1'), piece);
      }
    }
  }
  return [...patterns.values()];
}

/** The last piece begins earlier where less would be left: every piece has its full length. */
function piecesOf(bytes: Buffer): Buffer[] {
  if (bytes.length <= 2 * PIECE_BYTES) return [bytes];
  const count = Math.ceil(bytes.length / PIECE_BYTES);
  const starts = Array.from({ length: count }, (_, index) => Math.min(index * PIECE_BYTES, bytes.length - PIECE_BYTES));
  return starts.map((start) => bytes.subarray(start, start + PIECE_BYTES));
}

function formsOf(value: string): string[] {
  // Short values are found in too much: what they become in base64 is no longer.
  if (Buffer.byteLength(value) < SECRETS.redactedBytes) return [];
  const lines = value.split(/\r?\n/).filter((line) => Buffer.byteLength(line.trim()) >= LINE_BYTES);
  const texts = [value, value.trim(), ...lines.map((line) => line.trim())];
  const usual = texts.flatMap((text) => [text, ...jsonForms(text), ...base64Forms(text)]);
  return value.length > LARGE_LENGTH
    ? usual
    : [...usual, ...texts.flatMap((text) => [...urlForms(text), ...hexForms(text)])];
}

function jsonForms(text: string): string[] {
  const escaped = JSON.stringify(text).slice(1, -1);
  const ascii = escaped.replace(
    /[\u0080-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [escaped, ascii, escaped.replaceAll('/', '\\/')];
}

function urlForms(text: string): string[] {
  const forms = [encodeURIComponent(text), encodeURI(text), new URLSearchParams([['', text]]).toString().slice(1)];
  return [...forms, ...forms.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

function hexForms(text: string): string[] {
  const digits = Buffer.from(text, 'utf8').toString('hex');
  return [digits, digits.toUpperCase()];
}

function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  const forms = [0, 1, 2].map((before) => {
    // The letters that hold bits of the value alone, whatever stands before and after it.
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const padded = bytes.toString('base64');
  const wrapped = BASE64_LINES.filter((width) => padded.length > width).flatMap((width) => {
    const broken = padded.replace(new RegExp(`(.{${width}})(?=.)`, 'g'), '$1\n');
    return [broken, broken.replaceAll('\n', '\r\n')];
  });
  const all = [padded, padded.replace(/=+$/, ''), ...forms, ...wrapped];
  return [...all, ...all.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}
