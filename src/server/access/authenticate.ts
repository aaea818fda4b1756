import { scopes } from "./apiKey.js";
import type { Caller, Keyring } from "./keyring.js";

/** Where no keys are required, everybody is the same and may do everything. */
const anybody: Caller = { id: "", scopes: new Set(scopes) };

/**
 * Who sends a request, by `Authorization: Bearer KEY`.
 * @param authorization the header's value
 * @param always whether a key is needed even where the database has none
 * @returns null where a key is needed and none, or a wrong one, was sent
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

/** Whether a caller who was let in would be let in again. */
export async function isStillAllowed(keyring: Keyring, caller: Caller, always: boolean): Promise<boolean> {
  if (caller === anybody) return !always && !(await keyring.isRequired());
  return keyring.isValid(caller);
}
