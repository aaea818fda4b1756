import type { OutputFragment } from "../generated/operations.js";
import { Clamped } from "./Clamped.js";
import { Picture } from "./Picture.js";
import { Text } from "./Text.js";

interface OutputProps {
  invocation: OutputFragment;
  /** Whether an image is a link to itself, and a long text has a button that shows all of it. */
  isLink?: boolean;
}

const clampedLines = 12;

/** What an invocation produced: its text, or its image. */
export function Output({ invocation, isLink }: OutputProps) {
  const { type, model, sequenceNumber, outputText, outputImage } = invocation;
  if (outputImage) {
    const name = `Image of step ${sequenceNumber} by ${model}`;
    return <Picture image={outputImage} name={name} isLink={isLink} />;
  }
  if (outputText !== null) {
    const text = <Text text={outputText} />;
    return isLink ? <Clamped lines={clampedLines}>{text}</Clamped> : text;
  }
  return (
    <span class="muted">
      {type === "IMAGE" ? "The image was not recorded." : "The text was not recorded."}
    </span>
  );
}
