import { Badge, Skeleton, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Report } from "../../../api/manifest";
import { FromFile } from "../../../components/FromFile";
import { Problem } from "../../../components/Problem";
import type { ModelData } from "../../data/ModelData";
import { useReports } from "../../data/useReports";
import { usePage } from "../../state/page";
import { PanelFrame } from "../PanelFrame";
import { ElementList } from "./ElementList";
import { type ReportGroup, reasonWords, reportGroups } from "./reportGroups";

/** What the run reports about elements: skipped ones, doubtful ones, and findings in the file. */
export function ReportPanel() {
  const { t } = useTranslation();
  const { federation } = usePage();
  const reports = useReports(federation);
  return (
    <PanelFrame title={t("model.panels.report")}>
      <div className="panel-scroll">
        {federation.models.map((model, place) => {
          const answer = reports[place];
          return (
            <Stack key={model.sha256} gap="xs" mb="md">
              {federation.models.length > 1 && (
                <Text size="sm" fw={600}>
                  <FromFile>{model.label}</FromFile>
                </Text>
              )}
              {answer?.isError && <Problem error={answer.error} onRetry={() => void answer.refetch()} />}
              {answer?.isPending && <Skeleton height={60} />}
              {answer?.data !== undefined && <ModelReport model={model} report={answer.data} />}
            </Stack>
          );
        })}
      </div>
    </PanelFrame>
  );
}

function ModelReport({ model, report }: { model: ModelData; report: Report }) {
  const { t } = useTranslation();
  const groups = reportGroups(report);
  if (groups.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t("model.report.nothing")}
      </Text>
    );
  return groups.map((group) => <Group key={group.key} model={model} group={group} />);
}

const COLOURS = { skipped: "red", doubtful: "orange", error: "red", warning: "orange", info: "blue" } as const;

function Group({ model, group }: { model: ModelData; group: ReportGroup }) {
  const { t } = useTranslation();
  const words = reasonWords(group.code);
  return (
    <section className="report-group" aria-label={group.code}>
      <Badge size="sm" variant="light" tt="none" color={COLOURS[group.kind]}>
        {t(`model.report.${group.kind}`)}
      </Badge>
      <Text size="sm" fw={600}>
        <FromFile>{group.code}</FromFile>
      </Text>
      <Text size="xs" c="dimmed">
        {group.message !== null && <FromFile>{group.message}</FromFile>}
        {group.message === null && words !== null && t(`model.reasons.${words}`)}
      </Text>
      <ElementList model={model} globalIds={group.globalIds} />
    </section>
  );
}
