import type { OutputFragment } from "../generated/operations.js";
import { Picture } from "./Picture.js";

interface OutputProps {
  invocation: OutputFragment;
  /** Whether an image is a link to itself. */
  isLink?: boolean;
}

/** What an invocation produced: its text, or its image. Texts are texts, whatever markup they contain. */
export function Output({ invocation, isLink }: OutputProps) {
  const { type, model, sequenceNumber, outputText, outputImage } = invocation;
  if (outputImage) {
    const name = `Image of step ${sequenceNumber} by ${model}`;
    return <Picture image={outputImage} name={name} isLink={isLink} />;
  }
  if (outputText !== null) {
    return (
      <span class="output-text" dir="auto">
        {outputText === "" ? "(an empty text)" : outputText}
      </span>
    );
  }
  return (
    <span class="muted">
      {type === "IMAGE" ? "The image was not recorded." : "The text was not recorded."}
    </span>
  );
}
