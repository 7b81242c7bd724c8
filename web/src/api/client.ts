import createClient from "openapi-fetch";
import { ApiError } from "./problem";
import type { components, paths } from "./schema";
import { needSignIn } from "./signIn";
import { authorization } from "./token";

export type Schema = components["schemas"];

/** The API of this origin, typed by its OpenAPI document. Answers that are problems are thrown as ApiError. */
export const api = createClient<paths>({ baseUrl: window.location.origin });

api.use({
  onRequest({ request }) {
    for (const [name, value] of Object.entries(authorization())) request.headers.set(name, value);
  },
  async onResponse({ response }) {
    if (response.status === 401) needSignIn();
    if (!response.ok) throw await ApiError.of(response);
  },
  onError({ error }) {
    return ApiError.ofNetwork(error);
  },
});

/** Return the body of an answer; ApiError has been thrown if there is none. */
export async function body<T>(answer: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data, error } = await answer;
  if (data === undefined) throw error ?? new Error("the API answered without a body");
  return data;
}

/** Request a path of the API whose answer is not JSON, with the token; a problem is thrown as ApiError. */
export async function fetchApi(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, { ...init, headers: { ...init.headers, ...authorization() } }).catch(
    (error: unknown) => {
      throw ApiError.ofNetwork(error);
    },
  );
  if (response.status === 401) needSignIn();
  if (!response.ok) throw await ApiError.of(response);
  return response;
}
