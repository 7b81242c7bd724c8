import { Alert, Box, Skeleton, Stack, Tabs } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useParams, useSearchParams } from "wouter";
import { ApiError } from "../api/problem";
import { EmptyState } from "../components/EmptyState";
import { Problem } from "../components/Problem";
import { ActionDialog } from "../jobs/actions/ActionDialog";
import type { Action } from "../jobs/actions/actions";
import { jobPath } from "../jobs/JobName";
import { useFormat } from "../lib/useFormat";
import type { JobView } from "./data/jobView";
import { useJob } from "./data/useJob";
import { EventList } from "./EventList";
import { JobHeader } from "./JobHeader";
import { LogView } from "./logs/LogView";
import { ManifestView } from "./manifest/ManifestView";
import { Overview } from "./Overview";
import { Artifacts } from "./results/Artifacts";
import { Findings } from "./results/Findings";

const TABS = ["overview", "logs", "artifacts", "findings", "events", "manifest"] as const;
type Tab = (typeof TABS)[number];

/** The page of one job. */
export default function JobPage() {
  const { t } = useTranslation();
  const { namespace, name } = useParams<{ namespace: string; name: string }>();
  const [parameters] = useSearchParams();
  const { job, isDeleted, error, retry } = useJob(namespace, name, parameters.get("uid"));
  if (job !== null) return <Page key={job.uid} job={job} isDeleted={isDeleted} />;
  if (error === null) return <Loading />;
  if (error instanceof ApiError && error.status === 404) {
    const link = { href: `/namespaces/${namespace}/jobs`, label: t("app.toJobs") };
    return <EmptyState title={t("job.unknown", { name })} text={t("job.unknownHint")} link={link} />;
  }
  return <Problem error={error} onRetry={retry} />;
}

function Loading() {
  return (
    <Stack p="md" gap="md">
      <Skeleton h={36} maw={420} />
      <Skeleton h={200} />
    </Stack>
  );
}

interface Asked {
  action: Action;
  memory: string | null;
}

function Page({ job, isDeleted }: { job: JobView; isDeleted: boolean }) {
  const [, navigate] = useLocation();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [tab, setTab] = useTab(job.isPast);
  return (
    <Box p="md" pt="sm" maw={1200} mx="auto">
      <Stack gap="md">
        <JobHeader job={job} isDeleted={isDeleted} onAction={(action) => setAsked({ action, memory: null })} />
        {(isDeleted || job.isPast) && <Deleted job={job} />}
        <JobTabs job={job} tab={tab} onTab={setTab} onRetry={(memory) => setAsked({ action: "retry", memory })} />
      </Stack>
      {asked !== null && (
        <ActionDialog
          action={asked.action}
          jobs={[job]}
          {...(asked.memory !== null && { memory: asked.memory })}
          onClose={() => setAsked(null)}
          onDone={(newJob) => {
            setAsked(null);
            if (asked.action === "retry" && newJob !== null) navigate(jobPath({ ...job, name: newJob }));
          }}
        />
      )}
    </Box>
  );
}

function Deleted({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const time = job.deletedAt === null ? null : format.time(job.deletedAt);
  return (
    <Alert color="gray" role="status">
      {time === null ? t("job.deleted") : t("job.deletedAt", { time })} {t("job.deletedHint")}
    </Alert>
  );
}

interface TabsProps {
  job: JobView;
  tab: Tab;
  onTab(tab: Tab): void;
  onRetry(memory: string | null): void;
}

function JobTabs({ job, tab, onTab, onRetry }: TabsProps) {
  const { t } = useTranslation();
  return (
    <Tabs value={tab} onChange={(value) => onTab((value ?? "overview") as Tab)} keepMounted={false}>
      <Tabs.List mb="md">
        {tabsOf(job.isPast).map((name) => (
          <Tabs.Tab key={name} value={name}>
            {t(`job.tab.${name}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="overview">
        <Overview job={job} onRetry={onRetry} onLog={() => onTab("logs")} />
      </Tabs.Panel>
      <Tabs.Panel value="logs">
        <LogView job={job} />
      </Tabs.Panel>
      <Tabs.Panel value="artifacts">{job.isReplaced ? <Replaced /> : <Artifacts job={job} />}</Tabs.Panel>
      <Tabs.Panel value="findings">{job.isReplaced ? <Replaced /> : <Findings job={job} />}</Tabs.Panel>
      <Tabs.Panel value="events">
        <EventList job={job} />
      </Tabs.Panel>
      <Tabs.Panel value="manifest">
        <ManifestView namespace={job.namespace} name={job.name} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Replaced() {
  const { t } = useTranslation();
  return <Alert color="gray">{t("job.replaced")}</Alert>;
}

/** Events and manifest are the cluster's: the history has none. */
function tabsOf(isPast: boolean): readonly Tab[] {
  return isPast ? ["overview", "artifacts", "findings"] : TABS;
}

function useTab(isPast: boolean): [Tab, (tab: Tab) => void] {
  const [parameters, setParameters] = useSearchParams();
  const tab = tabsOf(isPast).find((name) => name === parameters.get("tab")) ?? "overview";
  const set = (next: Tab) =>
    setParameters(
      (current) => {
        const changed = new URLSearchParams(current);
        if (next === "overview") changed.delete("tab");
        else changed.set("tab", next);
        return changed;
      },
      { replace: true },
    );
  return [tab, set];
}
