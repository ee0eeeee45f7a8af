// The words of a command line that commander does not know: `--key=value`, `--key value`, `--flag`, and names. Pure.

export interface Setting {
  /** Without dashes, as it was typed. */
  readonly key: string;
  /** With dashes, for errors. */
  readonly option: string;
  /** `undefined` where no value was typed. */
  readonly text?: string;
}

export interface Words {
  readonly names: readonly string[];
  readonly settings: readonly Setting[];
}

const number = /^-(?:\d|\.\d)/u;

/** `isFlag`: whether a key may stand without a value, so that the word after it may be a name. */
export function readWords(words: readonly string[], isFlag: (key: string) => boolean = () => false): Words {
  const names: string[] = [];
  const settings: Setting[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (word === "--") {
      names.push(...words.slice(index + 1));
      break;
    }
    const parts = /^(?<option>--?(?<key>[^=]*))(?:=(?<text>.*))?$/su.exec(word)?.groups;
    const option = parts?.["option"];
    const key = parts?.["key"];
    const text = parts?.["text"];
    if (option === undefined || key === undefined || word === "-" || number.test(word)) {
      names.push(word);
      continue;
    }
    const next = words[index + 1];
    const takesNext =
      text === undefined &&
      next !== undefined &&
      (isFlag(key) ? /^(?:true|false)$/u.test(next) : !next.startsWith("-") || next === "-" || number.test(next));
    if (takesNext) index += 1;
    const value = takesNext ? next : text;
    settings.push({ key, option, ...(value === undefined ? {} : { text: value }) });
  }
  return { names, settings };
}
