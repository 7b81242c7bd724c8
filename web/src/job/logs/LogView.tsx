import { Alert, Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../../components/Icon";
import { isFinished } from "../../components/PhaseBadge";
import { Problem } from "../../components/Problem";
import { useFormat } from "../../lib/useFormat";
import type { JobView } from "../data/jobView";
import { saveFile } from "../results/saveFile";
import { LogLines } from "./LogLines";
import type { Level, LogLine } from "./lines";
import { type Log, logPath, useLog } from "./useLog";

const LEVELS: readonly Level[] = ["debug", "info", "warning", "error"];

/** The log of an attempt: followed while it runs, searchable, and downloadable. */
export function LogView({ job }: { job: JobView }) {
  const { t } = useTranslation();
  const last = job.attempts.at(-1)?.number ?? null;
  const [chosen, setChosen] = useState<number | null>(null);
  const attempt = chosen ?? last;
  const isRunning = attempt === last && !isFinished(job.phase) && job.phase !== "Suspended";
  const log = useLog(job.namespace, job.name, attempt, isRunning);
  const [search, setSearch] = useState("");
  const [level, setLevel] = useState<Level>("debug");
  const [isFollowing, setFollowing] = useState(true);
  const [downloadError, setDownloadError] = useState<unknown>(null);
  const lines = useMemo(() => selected(log.lines, search, level), [log.lines, search, level]);
  const path = logPath(job.namespace, job.name, attempt);
  return (
    <Stack gap="xs">
      <Group gap="xs" align="flex-end">
        {job.attempts.length > 1 && (
          <NativeSelect
            size="xs"
            label={t("job.attempt")}
            data={job.attempts.map(({ number }) => String(number))}
            value={String(attempt)}
            onChange={({ currentTarget: { value } }) => setChosen(Number(value))}
          />
        )}
        <TextInput
          size="xs"
          type="search"
          flex="1 1 180px"
          maw={360}
          label={t("job.log.search")}
          leftSection={<Icon name="find" size={14} />}
          value={search}
          onChange={({ currentTarget: { value } }) => setSearch(value)}
        />
        <NativeSelect
          size="xs"
          label={t("job.log.level")}
          data={LEVELS.map((value) => ({ value, label: t(`job.log.levels.${value}`) }))}
          value={level}
          onChange={({ currentTarget: { value } }) => setLevel(value as Level)}
        />
        <Download
          path={path}
          name={`${job.name}-${attempt}.log`}
          isDisabled={log.lines.length === 0}
          onError={setDownloadError}
        />
        {isRunning && (
          <Checkbox
            size="xs"
            mb={7}
            label={t("job.log.follow")}
            checked={isFollowing}
            onChange={({ currentTarget: { checked } }) => setFollowing(checked)}
          />
        )}
      </Group>
      {downloadError !== null && <Problem error={downloadError} />}
      <Notes log={log} shown={lines.length} />
      {lines.length > 0 && (
        <LogLines
          lines={lines}
          search={search}
          isFollowing={isRunning && isFollowing}
          onLeaveEnd={() => setFollowing(false)}
        />
      )}
    </Stack>
  );
}

interface DownloadProps {
  path: string;
  name: string;
  isDisabled: boolean;
  /** The error of the latest download; null when it begins. */
  onError(error: unknown): void;
}

function Download({ path, name, isDisabled, onError }: DownloadProps) {
  const { t } = useTranslation();
  const save = () => {
    onError(null);
    saveFile(path, name).catch(onError);
  };
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<Icon name="download" size={14} />}
      disabled={isDisabled}
      onClick={save}
    >
      {t("job.log.download")}
    </Button>
  );
}

function selected(lines: readonly LogLine[], search: string, level: Level): readonly LogLine[] {
  const least = LEVELS.indexOf(level);
  const word = search.trim().toLowerCase();
  if (least === 0 && word === "") return lines;
  return lines.filter(
    (line) => LEVELS.indexOf(line.level ?? "info") >= least && (word === "" || line.text.toLowerCase().includes(word)),
  );
}

function Notes({ log, shown }: { log: Log; shown: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (log.state === "failed") return <Problem error={log.error} />;
  if (log.state === "waiting") return <Alert color="gray">{t("job.log.waiting")}</Alert>;
  if (log.state === "ended" && log.lines.length === 0) return <Alert color="gray">{t("job.log.empty")}</Alert>;
  return (
    <Text size="xs" c="dimmed" role="status">
      {shown === log.lines.length
        ? t("job.log.lines", { count: shown, number: format.number(shown) })
        : t("job.log.matching", { number: format.number(shown), all: format.number(log.lines.length) })}
      {log.dropped > 0 && ` · ${t("job.log.dropped", { number: format.number(log.dropped) })}`}
      {log.state === "following" && ` · ${t("job.log.live")}`}
    </Text>
  );
}
