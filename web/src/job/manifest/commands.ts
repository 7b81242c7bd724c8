import type { Schema } from "../../api/client";
import { s3Uri } from "../data/jobView";

/** Return a command that creates the job elsewhere from its manifest. */
export function kubectlApply(namespace: string, yaml: string): string {
  const end = yaml.split("\n").includes("EOF") ? "END_OF_MANIFEST" : "EOF";
  return `kubectl apply --namespace ${namespace} --filename - <<'${end}'\n${yaml.trimEnd()}\n${end}\n`;
}

/** Return a command that creates a job with the same file and options through the API. */
export function curlCreate(origin: string, namespace: string, spec: Schema["IfcJobSpec"], hasToken: boolean): string {
  const request = { source: sourceOf(namespace, spec.source), ...optionsOf(spec) };
  const lines = [
    `curl --request POST ${quoted(`${origin}/api/v1/namespaces/${namespace}/jobs`)}`,
    "--header 'Content-Type: application/json'",
    ...(hasToken ? ['--header "Authorization: Bearer $TOKEN"'] : []),
    `--data ${quoted(JSON.stringify(request))}`,
  ];
  return `${lines.join(" \\\n  ")}\n`;
}

function sourceOf(namespace: string, source: Schema["JobSource"]) {
  const { s3, http, sha256 } = source;
  const place = s3 == null ? { http: http?.url } : placeOf(namespace, s3);
  return { ...place, ...(sha256 != null && { sha256 }) };
}

/** An upload of the namespace has an id; its bucket is not one that requests may name. */
function placeOf(namespace: string, s3: Schema["S3Source"]) {
  const [owner, upload, file, ...rest] = s3.key.split("/");
  const isUpload = s3.store == null && owner === namespace && file === "source.ifc" && rest.length === 0;
  return isUpload ? { upload } : { s3Uri: s3Uri(s3) };
}

function optionsOf({ operations, queue, priority, resources }: Schema["IfcJobSpec"]) {
  return {
    ...(operations !== undefined && { operations }),
    queue,
    ...(priority !== 0 && { priority }),
    ...(resources !== undefined && { resources }),
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
