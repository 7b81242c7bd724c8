import { api, body } from "../../api/client";
import { saveBlob } from "../../lib/saveBlob";
import { apiParameters, type SearchQuery } from "../query";
import { FIELDS } from "../useSearch";

export type Form = "csv" | "xlsx";

/** Let the API make the file of a whole result, and save it. */
export async function saveExport(form: Form, query: SearchQuery): Promise<void> {
  const params = { query: { ...apiParameters(query), fields: FIELDS } };
  const options = { params, parseAs: "blob" } as const;
  const blob = await body(
    form === "csv" ? api.GET("/api/v1/search.csv", options) : api.GET("/api/v1/search.xlsx", options),
  );
  saveBlob(blob, `elements.${form}`);
}
