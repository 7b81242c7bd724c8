import { Code, Group, Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, body, fetchApi, type Schema } from "../../api/client";
import { authorization } from "../../api/token";
import { CopyButton } from "../../components/CopyButton";
import { Problem } from "../../components/Problem";
import { visible } from "../../lib/visible";
import { curlCreate, kubectlApply } from "./commands";

/** The manifest as YAML, and commands that create the job again. */
export function ManifestView({ namespace, name }: { namespace: string; name: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useYaml(namespace, name);
  if (error !== null) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton h={300} />;
  const hasToken = "Authorization" in authorization();
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <CopyButton isLarge text={data.yaml} label={t("job.yaml.copy")} />
        <CopyButton isLarge text={kubectlApply(namespace, data.yaml)} label={t("job.yaml.kubectl")} />
        {data.spec.source.pvc == null && (
          <CopyButton
            isLarge
            text={curlCreate(window.location.origin, namespace, data.spec, hasToken)}
            label={t("job.yaml.curl")}
          />
        )}
      </Group>
      <Code block tabIndex={0} className="from-file" aria-label={t("job.tab.manifest")} role="region">
        {data.yaml.split("\n").map(visible).join("\n")}
      </Code>
    </Stack>
  );
}

function useYaml(namespace: string, name: string) {
  return useQuery({
    queryKey: ["yaml", namespace, name],
    queryFn: async ({ signal }) => {
      const response = await fetchApi(`/api/v1/namespaces/${namespace}/jobs/${name}/manifest`, { signal });
      const params = { path: { namespace, name } };
      const job = await body(api.GET("/api/v1/namespaces/{namespace}/jobs/{name}", { params, signal }));
      return { yaml: await response.text(), spec: job.spec as Schema["IfcJobSpec"] };
    },
  });
}
