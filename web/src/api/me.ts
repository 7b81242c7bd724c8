import { useQuery } from "@tanstack/react-query";
import { api, body } from "./client";

/** The caller and its rights. */
export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: ({ signal }) => body(api.GET("/api/v1/me", { signal })) });
}
