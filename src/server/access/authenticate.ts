import { scopes } from "./apiKey.js";
import type { Caller, Keyring } from "./keyring.js";

/** The caller of every request if no keys are required. It has all scopes. */
const anybody: Caller = { id: "", scopes: new Set(scopes) };

/**
 * Identifies the caller of a request by `Authorization: Bearer KEY`.
 * @param authorization the header's value
 * @param always whether a key is required even if the database has none
 * @returns null if a key is required, but none or an invalid one was sent
 */
export async function authenticate(
  keyring: Keyring,
  authorization: string | undefined,
  always: boolean,
): Promise<Caller | null> {
  if (!always && !(await keyring.isRequired())) return anybody;
  const [, key] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
  return key === undefined ? null : keyring.find(key);
}

/** Whether a caller who was admitted before would be admitted again. */
export async function isStillAllowed(keyring: Keyring, caller: Caller, always: boolean): Promise<boolean> {
  if (caller === anybody) return !always && !(await keyring.isRequired());
  return keyring.isValid(caller);
}
