// JSON.parse says that a text is wrong, but for many mistakes not where; this finds the place.

const token =
  // oxlint-disable-next-line no-control-regex -- these are the characters that JSON forbids in a text
  /[ \t\n\r]*(?:(?<mark>[{}[\],:])|(?<text>"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?<scalar>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/uy;

type Expected = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma or end";

/** The offset of the first token that cannot stand where it does, or `undefined` where the text is JSON. */
export function findJsonMistake(text: string): number | undefined {
  const open: ("{" | "[")[] = [];
  let expected: Expected = "value";
  let offset = 0;
  for (;;) {
    const visible = /[^ \t\n\r]/gu;
    visible.lastIndex = offset;
    const at = visible.exec(text)?.index;
    const complete = expected === "comma or end" && open.length === 0;
    if (at === undefined) return complete ? undefined : text.length;
    if (complete) return at;
    token.lastIndex = offset;
    const found = token.exec(text)?.groups;
    if (found === undefined) return at;
    const next = follow(expected, found, open);
    if (next === undefined) return at;
    expected = next;
    offset = token.lastIndex;
  }
}

function follow(
  expected: Expected,
  found: { readonly [name: string]: string | undefined },
  open: ("{" | "[")[],
): Expected | undefined {
  const mark = found["mark"];
  const text = found["text"];
  const close = (kind: "{" | "["): Expected | undefined => (open.pop() === kind ? "comma or end" : undefined);
  switch (expected) {
    case "key or }":
      if (mark === "}") return close("{");
      return text === undefined ? undefined : "colon";
    case "key":
      return text === undefined ? undefined : "colon";
    case "colon":
      return mark === ":" ? "value" : undefined;
    case "comma or end":
      if (mark === ",") return open.at(-1) === "{" ? "key" : "value";
      if (mark === "}") return close("{");
      return mark === "]" ? close("[") : undefined;
    case "value":
    case "value or ]":
      if (mark === undefined) return "comma or end";
      if (mark === "]" && expected === "value or ]") return close("[");
      if (mark !== "{" && mark !== "[") return undefined;
      open.push(mark);
      return mark === "{" ? "key or }" : "value or ]";
  }
}
