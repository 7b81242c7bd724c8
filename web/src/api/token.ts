const KEY = "ifcjob.token";

/** Return the Authorization header of the token that the user has entered; behind a login proxy there is none. */
export function authorization(): Record<string, string> {
  const token = sessionStorage.getItem(KEY);
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

/** Keep a token until the tab is closed; null forgets it. */
export function setToken(token: string | null): void {
  if (token === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}
