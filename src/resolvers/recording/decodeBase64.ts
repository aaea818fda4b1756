/** Decodes padded base64 in the standard alphabet; null if the text is not valid. */
export function decodeBase64(text: unknown): Buffer | null {
  if (typeof text !== "string" || text.length % 4 !== 0 || /[^A-Za-z0-9+/=]/.test(text)) return null;
  const padding = text.indexOf("=");
  if (padding >= 0 && text.slice(padding) !== "=".repeat(Math.min(2, text.length - padding))) return null;
  return Buffer.from(text, "base64");
}
