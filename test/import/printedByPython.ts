/** A value of JSON as Python prints it: what repr() returns. */
export function printedByPython(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return printedString(value);
  if (Array.isArray(value)) return `[${value.map(printedByPython).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  const fields = Object.entries(value).map(
    ([name, field]) => `${printedString(name)}: ${printedByPython(field)}`,
  );
  return `{${fields.join(", ")}}`;
}

function printedString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const written = Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    const hex = (digits: number) => code.toString(16).padStart(digits, "0");
    if (character === quote || character === "\\") return `\\${character}`;
    if (character === "\n") return "\\n";
    if (character === "\r") return "\\r";
    if (character === "\t") return "\\t";
    if (!/[\p{C}\p{Z}]/u.test(character) || character === " ") return character;
    return code < 256 ? `\\x${hex(2)}` : code < 65536 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
  });
  return quote + written.join("") + quote;
}
