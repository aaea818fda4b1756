import { unstorablePart } from "../database/recording/unstorable.js";

/** What a text holds that no database can store, for the reason why it is left out; null if all can store it. */
export function characterFault(text: string): string | null {
  const part = unstorablePart(text);
  return part && `holds ${part}`;
}
