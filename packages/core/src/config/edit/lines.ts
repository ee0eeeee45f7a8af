// The lines of a text by number, from 0: what is blank, what is a comment, how far it is indented.

export interface Lines {
  /** The line that an offset is in. The end of a line belongs to it. */
  of(offset: number): number;
  start(line: number): number;
  /** Before the line break. */
  end(line: number): number;
  /** After the line break. */
  next(line: number): number;
  readonly count: number;
  text(line: number): string;
  indent(line: number): number;
  isBlank(line: number): boolean;
  /** Nothing but a comment. Whether the line is in the middle of a text of many lines is for the caller to know. */
  isComment(line: number): boolean;
}

export function openLines(text: string): Lines {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const start = (line: number): number => starts[line] ?? text.length;
  const next = start;
  const end = (line: number): number => {
    const stop = line + 1 < starts.length ? start(line + 1) - 1 : text.length;
    return text[stop - 1] === "\r" && stop > start(line) ? stop - 1 : stop;
  };
  const lineText = (line: number): string => text.slice(start(line), end(line));
  return {
    of(offset) {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if (start(middle) <= offset) low = middle;
        else high = middle - 1;
      }
      return low;
    },
    start,
    end,
    next: (line) => next(line + 1),
    count: starts.length,
    text: lineText,
    indent: (line) => lineText(line).search(/[^ ]|$/u),
    isBlank: (line) => lineText(line).trim() === "",
    isComment: (line) => /^[ \t]*#/u.test(lineText(line)),
  };
}
