import type { PrismaClient } from "../../database/generated/sqlite/client.js";
import { hashSecret, isSecretOf, newSecret, parseApiKey, type Scope } from "./apiKey.js";

/** Who sends a request. */
export interface Caller {
  /** The key's id; "" where callers are not told apart. */
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** The keys of a database, as a server needs them. */
export interface Keyring {
  /** Whether a request needs a key: as soon as the database has ever had one. */
  isRequired(): Promise<boolean>;
  /** Whose key it is; null where it is nobody's, or revoked. */
  find(text: string): Promise<Caller | null>;
  /** Whether it is still a caller, who was one before. */
  isValid(caller: Caller): Promise<boolean>;
  /** A secret that all servers of one database share and no client knows; null where there is no key. */
  sharedSecret(): Promise<string | null>;
}

/** So long after a key was made or revoked, by whatever process, every server knows. */
const freshMilliseconds = 1_000;

interface Keys {
  byId: Map<string, { hash: string; caller: Caller }>;
  oldestHash: string | null;
}

/** Holds the keys in memory, so that requests cost no statement, and reads them again when they may have changed. */
export function createKeyring(prisma: PrismaClient): Keyring {
  let loaded: { keys: Promise<Keys>; at: number } | undefined;
  // Compared with where no row has the id, so that an unknown id takes as long as a wrong secret.
  const nobodysHash = hashSecret(newSecret());

  function keys(): Promise<Keys> {
    const now = performance.now();
    if (!loaded || now - loaded.at > freshMilliseconds) {
      const loading = { keys: load(prisma), at: now };
      loaded = loading;
      // Where it cannot be read the request fails, and the next one asks again.
      loading.keys.catch(() => {
        if (loaded === loading) loaded = undefined;
      });
    }
    return loaded.keys;
  }

  return {
    isRequired: async () => (await keys()).oldestHash !== null,
    async find(text) {
      const key = parseApiKey(text);
      if (!key) return null;
      const row = (await keys()).byId.get(key.id);
      return isSecretOf(row?.hash ?? nobodysHash, key.secret) && row ? row.caller : null;
    },
    isValid: async ({ id }) => (await keys()).byId.has(id),
    sharedSecret: async () => (await keys()).oldestHash,
  };
}

async function load(prisma: PrismaClient): Promise<Keys> {
  const rows = await prisma.apiKey.findMany({
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    select: { id: true, hash: true, scopes: true, revokedAt: true },
  });
  const valid = rows.filter(({ revokedAt }) => revokedAt === null);
  return {
    byId: new Map(
      valid.map(({ id, hash, scopes }) => [
        id,
        { hash, caller: { id, scopes: new Set(JSON.parse(scopes)) } },
      ]),
    ),
    oldestHash: rows[0]?.hash ?? null,
  };
}
