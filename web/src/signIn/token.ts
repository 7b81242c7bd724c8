import { ApiError } from "../api/problem";

/** Throw ApiError when the API does not accept a token; it is not kept. */
export async function checked(token: string): Promise<void> {
  let response: Response;
  try {
    response = await fetch("/api/v1/me", { headers: { Authorization: `Bearer ${token}` } });
  } catch (error) {
    throw ApiError.ofNetwork(error);
  }
  if (!response.ok) throw await ApiError.of(response);
}

/** Return when a JWT expires; null for another token. */
export function expiryOf(token: string): Date | null {
  try {
    const payload = token.split(".")[1] ?? "";
    const claims: unknown = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    const expiry = (claims as { exp?: unknown }).exp;
    return typeof expiry === "number" ? new Date(expiry * 1000) : null;
  } catch {
    return null;
  }
}
