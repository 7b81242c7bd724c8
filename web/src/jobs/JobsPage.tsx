import { Box, Group, SegmentedControl, Stack, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useNamespace } from "../app/namespace";
import { FilterBar } from "./FilterBar";
import { HistoryList } from "./history/HistoryList";
import { LiveList } from "./LiveList";
import { useJobs } from "./list/useJobs";
import { NotifyToggle } from "./notify/NotifyToggle";
import { PhaseChips } from "./PhaseChips";
import { useView } from "./useView";

/** The jobs of a namespace: the live list, and the history. */
export default function JobsPage() {
  const { t } = useTranslation();
  const namespace = useNamespace();
  const view = useView();
  const List = view.isHistory ? History : Live;
  return (
    <Box p="md" pt="sm">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Group gap="md">
            <Title order={1} size="h3">
              {t("jobs.title")}
            </Title>
            <SegmentedControl
              size="xs"
              aria-label={t("jobs.which")}
              value={view.isHistory ? "history" : "live"}
              onChange={(value) => view.setHistory(value === "history")}
              data={[
                { value: "live", label: t("jobs.live") },
                { value: "history", label: t("jobs.history") },
              ]}
            />
          </Group>
          <NotifyToggle />
        </Group>
        <FilterBar namespace={namespace} isHistory={view.isHistory} filter={view.filter} onChange={view.setFilter} />
        <List namespace={namespace} view={view} />
      </Stack>
    </Box>
  );
}

interface ListProps {
  namespace: string;
  view: ReturnType<typeof useView>;
}

function Live({ namespace, view }: ListProps) {
  const jobs = useJobs(namespace, view.filter, view.order);
  return (
    <>
      <PhaseChips counts={jobs.phases} filter={view.filter} onChange={view.setFilter} />
      <LiveList namespace={namespace} view={view} jobs={jobs} />
    </>
  );
}

function History({ namespace, view }: ListProps) {
  return (
    <>
      <PhaseChips counts={null} filter={view.filter} onChange={view.setFilter} />
      <HistoryList namespace={namespace} filter={view.filter} />
    </>
  );
}
