import type { PrismaClient } from "../../database/generated/sqlite/client.js";
import { hashSecret, isSecretOf, newSecret, parseApiKey, type Scope } from "./apiKey.js";

/** The sender of a request. */
export interface Caller {
  /** The id of the key; "" if no keys are required, so that callers cannot be distinguished. */
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** The API keys of a database, for a server that checks requests. */
export interface Keyring {
  /** Whether requests need a key, which they do once the database has ever had one. */
  isRequired(): Promise<boolean>;
  /** Returns the caller to whom a key belongs; null if the key is unknown or revoked. */
  find(text: string): Promise<Caller | null>;
  /** Whether the key of a caller that was found earlier is still valid. */
  isValid(caller: Caller): Promise<boolean>;
  /**
   * Returns a secret that all servers of one database share and no client knows; null if the database has
   * never had a key.
   */
  sharedSecret(): Promise<string | null>;
}

/** Maximum time until every server has noticed that a key was created or revoked by any process. */
const freshMilliseconds = 1_000;

interface Keys {
  byId: Map<string, { hash: string; caller: Caller }>;
  oldestHash: string | null;
}

/**
 * Creates a keyring that caches the keys in memory, so that most requests need no SQL statement, and reads
 * them again when they may have changed.
 */
export function createKeyring(prisma: PrismaClient): Keyring {
  let loaded: { keys: Promise<Keys>; at: number } | undefined;
  // The hash that is compared if no row has the id, so that an unknown id takes as long as a wrong secret.
  const nobodysHash = hashSecret(newSecret());

  function keys(): Promise<Keys> {
    const now = performance.now();
    if (!loaded || now - loaded.at > freshMilliseconds) {
      const loading = { keys: load(prisma), at: now };
      loaded = loading;
      // If the keys cannot be read, the request fails and the next one tries again.
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
