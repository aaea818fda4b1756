interface TextProps {
  text: string;
}

/** A text as it was recorded, whatever markup it contains; if there is nothing to be seen of it, this is said. */
export function Text({ text }: TextProps) {
  return (
    <span class="output-text" dir="auto">
      {legible(text)}
    </span>
  );
}

/** What is written for a text. */
export function legible(text: string): string {
  if (text === "") return "(an empty text)";
  return text.trim() === "" ? "(only white space)" : text;
}
