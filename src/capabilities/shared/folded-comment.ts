/** Stands before the lines of a comment that say how to answer it; they go when the comment counts no more. */
export const answerMark = '<!-- dandori:answer -->';

/** A comment that is kept for reading only: behind its title, without how to answer it. `title`: HTML, what is foreign in it escaped. */
export function foldedComment(body: string, title: string): string {
  const end = body.lastIndexOf(answerMark);
  const kept = end === -1 ? body : body.slice(0, end);
  return `<details><summary>${title}</summary>\n\n${kept.trim()}\n\n</details>`;
}

/** Whether `foldedComment` made this body, with or without its marker. */
export function isFolded(body: string): boolean {
  return /^(?:<!-- \S+ -->\n)?<details>/.test(body);
}
