import type { LoadStage, Transform } from "../types";
import type { ModelData } from "./modelData";

/** What the page sends to the worker. */
export interface LoadRequest {
  url: string;
  headers: Record<string, string>;
  transform: Transform | null;
}

/** What the worker sends back. */
export type LoadReply =
  | { kind: "progress"; loaded: number; total: number | null; stage: LoadStage }
  | { kind: "model"; model: ModelData }
  | { kind: "failure"; name: string; message: string; status: number | null };
