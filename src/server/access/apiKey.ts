import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readUuid, writeUuid } from "../../database/copyFormat/uuidBytes.js";

/** What a key lets its holder do: `read` queries and subscriptions, `write` mutations. */
export const scopes = ["read", "write"] as const;
export type Scope = (typeof scopes)[number];

/** 256 bits: nobody guesses it, so that one fast hash of it is enough. */
const secretBytes = 32;
const form = /^medoid_([\w-]{22})_([\w-]{43})$/;

/** What a client sends: the id of the key's row, to find it by, and the secret. */
export interface ApiKey {
  readonly id: string;
  readonly secret: string;
}

export function newSecret(): string {
  return randomBytes(secretBytes).toString("base64url");
}

/** "medoid_AZW…_k3f…": recognisable wherever it is found. */
export function formatApiKey({ id, secret }: ApiKey): string {
  const bytes = Buffer.alloc(16);
  writeUuid(id, bytes, 0);
  return `medoid_${bytes.toString("base64url")}_${secret}`;
}

/** @returns null where the text is no key's */
export function parseApiKey(text: string): ApiKey | null {
  const [, id, secret] = form.exec(text) ?? [];
  return id === undefined ? null : { id: readUuid(Buffer.from(id, "base64url"), 0), secret };
}

/** What is stored of the secret: its SHA-256, as hexadecimal digits. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Whether the secret is the hash's, in a time that tells nothing of how much of it is right. */
export function isSecretOf(hash: string, secret: string): boolean {
  return timingSafeEqual(Buffer.from(hash, "hex"), Buffer.from(hashSecret(secret), "hex"));
}
