import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readUuid, writeUuid } from "../../database/copyFormat/uuidBytes.js";

/** The scopes of a key: `read` allows queries and subscriptions, `write` allows mutations. */
export const scopes = ["read", "write"] as const;
export type Scope = (typeof scopes)[number];

/** 256 bits cannot be guessed, so that storing a single fast hash of the secret is safe. */
const secretBytes = 32;
const form = /^medoid_([\w-]{22})_([\w-]{43})$/;

/**
 * The parts of the key that a client sends: the id of the key's row, by which it is found, and the secret.
 */
export interface ApiKey {
  readonly id: string;
  readonly secret: string;
}

export function newSecret(): string {
  return randomBytes(secretBytes).toString("base64url");
}

/** Formats a key as clients send it: "medoid_AZW…_k3f…". The prefix makes a leaked key recognisable. */
export function formatApiKey({ id, secret }: ApiKey): string {
  const bytes = Buffer.alloc(16);
  writeUuid(id, bytes, 0);
  return `medoid_${bytes.toString("base64url")}_${secret}`;
}

/** @returns null if the text does not have the form of a key */
export function parseApiKey(text: string): ApiKey | null {
  const [, id, secret] = form.exec(text) ?? [];
  return id === undefined ? null : { id: readUuid(Buffer.from(id, "base64url"), 0), secret };
}

/** Computes what is stored of a secret: its SHA-256, as hexadecimal digits. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Whether a secret has the given hash. The time does not depend on how much of the secret is right. */
export function isSecretOf(hash: string, secret: string): boolean {
  return timingSafeEqual(Buffer.from(hash, "hex"), Buffer.from(hashSecret(secret), "hex"));
}
