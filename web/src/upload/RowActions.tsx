import { Button } from "@mantine/core";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Job } from "../api/live/LiveStore";
import { chosenFiles, pickWithHandles } from "./browser/picking";
import { ACTIVE, type UploadItem } from "./uploader/types";
import { uploader } from "./useUploads";

interface Props {
  item: UploadItem;
  job: Job | undefined;
}

/** What can be done with a file now. */
export function RowActions({ item, job }: Props) {
  const { t } = useTranslation();
  const { id, stage, name } = item;
  if (stage === "submitted") return <JobLinks item={item} job={job} />;
  const label = (action: string) => `${action}: ${name}`;
  return (
    <>
      {stage === "known" && item.known && <ModelLink sha256={item.known.sha256} name={name} />}
      {stage === "known" && (
        <Action label={label(t("upload.repeat"))} text={t("upload.repeat")} onClick={() => uploader.repeat(id)} />
      )}
      {stage === "interrupted" && <Continue item={item} />}
      {(stage === "failed" || stage === "cancelled") && (
        <Action label={label(t("app.tryAgain"))} text={t("app.tryAgain")} onClick={() => uploader.retry(id)} />
      )}
      {ACTIVE.includes(stage) || stage === "interrupted" ? (
        <Action label={label(t("upload.cancel"))} text={t("upload.cancel")} onClick={() => uploader.cancel(id)} />
      ) : null}
    </>
  );
}

function Action({ label, text, onClick }: { label: string; text: string; onClick(): void }) {
  return (
    <Button size="xs" variant="default" aria-label={label} onClick={onClick}>
      {text}
    </Button>
  );
}

function ModelLink({ sha256, name }: { sha256: string; name: string }) {
  const { t } = useTranslation();
  const text = t("upload.openModel");
  return (
    <Button component={Link} href={`/models/${sha256}`} size="xs" aria-label={`${text}: ${name}`}>
      {text}
    </Button>
  );
}

function JobLinks({ item, job }: Props) {
  const { t } = useTranslation();
  const text = t("upload.openJob");
  return (
    <>
      {job?.phase === "Succeeded" && job.sha256 && <ModelLink sha256={job.sha256} name={item.name} />}
      <Button
        component={Link}
        href={`/namespaces/${item.namespace}/jobs/${item.job}`}
        size="xs"
        variant="default"
        aria-label={`${text}: ${item.name}`}
      >
        {text}
      </Button>
    </>
  );
}

/** Continue an interrupted upload: with the kept handle if the user allows it, else with the file chosen again. */
function Continue({ item: { id, name } }: { item: UploadItem }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const proceed = async () => {
    if (await uploader.reopen(id)) return;
    const picked = await pickWithHandles(false);
    if (picked === null) input.current?.click();
    else for (const file of picked) uploader.continue(id, file);
  };
  const text = t("upload.continue");
  return (
    <>
      <Action label={`${text}: ${name}`} text={text} onClick={() => void proceed()} />
      <input
        ref={input}
        type="file"
        hidden
        aria-label={`${text}: ${name}`}
        onChange={({ currentTarget }) => {
          for (const file of chosenFiles(currentTarget.files)) uploader.continue(id, file);
          currentTarget.value = "";
        }}
      />
    </>
  );
}
