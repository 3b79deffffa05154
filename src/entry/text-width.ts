import { stripVTControlCharacters } from 'node:util';

/** Characters that a terminal gives two columns: East Asian wide and full-width forms, and signs that are drawn as pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

const plain = /^[\x20-\x7e]*$/;

/** Columns that a text takes on a terminal; colours take none. */
export function widthOf(text: string): number {
  // Nearly every cell of a long table is plain.
  if (plain.test(text)) return text.length;
  return [...stripVTControlCharacters(text)].reduce((width, character) => width + (wide.test(character) ? 2 : 1), 0);
}

/** A word that is longer than a line, in pieces; one with colours stays whole, so that no colour runs on. */
function piecesOf(word: string, width: number): string[] {
  if (widthOf(word) <= width || word !== stripVTControlCharacters(word)) return [word];
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && widthOf(piece + character) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece];
}

/** The lines of one paragraph, broken at blanks to at most `width` columns; a list item goes on under its own text. */
export function wrapLine(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text];
  const lead = /^\s*(?:[-*✅➖✔✘]\s+|\d+\.\s+)*/u.exec(text)?.[0] ?? '';
  const indent = widthOf(lead) < width / 2 ? ' '.repeat(widthOf(lead)) : '';
  const room = Math.max(1, width - indent.length);
  const words = text
    .slice(lead.length)
    .split(' ')
    .flatMap((word) => piecesOf(word, room));
  const lines: string[] = [];
  let line = lead;
  let fresh = true;
  for (const word of words) {
    if (!fresh && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = indent;
      fresh = true;
    }
    line = fresh ? line + word : `${line} ${word}`;
    fresh = false;
  }
  return [...lines, line];
}
