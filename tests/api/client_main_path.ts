// The main path through the client that openapi-typescript and openapi-fetch make: run by test_generated_clients.py.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

declare const process: { argv: string[] };
const [server, namespace] = process.argv.slice(2) as [string, string];
const client = createClient<paths>({ baseUrl: server });
const path = { namespace };

const created = await client.POST("/api/v1/namespaces/{namespace}/jobs", {
  params: { path, header: { "Idempotency-Key": "from-typescript" } },
  body: { source: { s3Uri: "s3://models/house.ifc" }, labels: { language: "typescript" } },
});
if (created.data === undefined) throw new Error(created.error.detail);
const name: string = created.data.metadata.name;

const waited = await client.GET("/api/v1/namespaces/{namespace}/jobs/{name}/wait", {
  params: { path: { namespace, name }, query: { seconds: 0.1 } },
});
const phase: components["schemas"]["IfcJobStatus"]["phase"] | undefined = waited.data?.status?.phase;

const listed = await client.GET("/api/v1/namespaces/{namespace}/jobs", {
  params: { path, query: { label: ["language=typescript"], sort: "name" } },
});
const cancelled = await client.POST("/api/v1/namespaces/{namespace}/jobs/{name}/cancel", {
  params: { path: { namespace, name } },
});
const missing = await client.GET("/api/v1/namespaces/{namespace}/jobs/{name}", {
  params: { path: { namespace, name: "missing" } },
});
console.log(
  JSON.stringify({
    name,
    phase,
    listed: listed.data?.items.map((job) => job.name),
    cancel: cancelled.data?.spec.cancel,
    code: missing.error?.code,
  }),
);
