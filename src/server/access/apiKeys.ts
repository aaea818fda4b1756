import { v7 as uuid } from "uuid";
import { retryWhenBusy } from "../../database/errors/retryWhenBusy.js";
import type { PrismaClient } from "../../database/generated/sqlite/client.js";
import { formatApiKey, hashSecret, newSecret, type Scope } from "./apiKey.js";

/** The properties of a key that may be shown. The secret is not stored. */
export interface ApiKeyRecord {
  id: string;
  name: string;
  scopes: Scope[];
  createdAt: Date;
  revokedAt: Date | null;
}

/** @returns the key as clients send it, which cannot be shown again later, and its record */
export async function createApiKey(
  prisma: PrismaClient,
  { name, scopes }: { name: string; scopes: readonly Scope[] },
): Promise<{ key: string; record: ApiKeyRecord }> {
  const secret = newSecret();
  const data = { id: uuid(), name, hash: hashSecret(secret), scopes: JSON.stringify(scopes) };
  const row = await retryWhenBusy(() => prisma.apiKey.create({ data }));
  return { key: formatApiKey({ id: row.id, secret }), record: recordOf(row) };
}

/** Lists all keys, the oldest first, including revoked ones. */
export async function listApiKeys(prisma: PrismaClient): Promise<ApiKeyRecord[]> {
  const rows = await prisma.apiKey.findMany({ orderBy: [{ createdAt: "asc" }, { id: "asc" }] });
  return rows.map(recordOf);
}

/**
 * Revokes a key. Its row remains, because a database that has ever had a key never becomes open to everybody
 * again.
 * @returns whether there is a key with this id
 */
export async function revokeApiKey(prisma: PrismaClient, id: string): Promise<boolean> {
  const { count } = await retryWhenBusy(() =>
    prisma.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date() } }),
  );
  return count > 0 || (await prisma.apiKey.count({ where: { id } })) > 0;
}

function recordOf({
  id,
  name,
  scopes,
  createdAt,
  revokedAt,
}: Omit<ApiKeyRecord, "scopes"> & { scopes: string }) {
  return { id, name, scopes: JSON.parse(scopes) as Scope[], createdAt, revokedAt };
}
