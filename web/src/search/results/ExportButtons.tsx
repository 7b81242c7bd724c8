import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { detailOf } from "../../api/problem";
import { FromFile } from "../../components/FromFile";
import { Icon } from "../../components/Icon";
import type { SearchQuery } from "../query";
import { type Form, saveExport } from "./exporting";

const FORMS: readonly Form[] = ["csv", "xlsx"];

/** Save the whole result, not only the rows that are loaded. */
export function ExportButtons({ query, isDisabled }: { query: SearchQuery; isDisabled: boolean }) {
  const { t } = useTranslation();
  const [running, setRunning] = useState<Form | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const save = async (form: Form) => {
    setRunning(form);
    setProblem(null);
    try {
      await saveExport(form, query);
    } catch (error) {
      setProblem(detailOf(error));
    } finally {
      setRunning(null);
    }
  };
  return (
    <Group gap="xs">
      {problem !== null && (
        <Text size="xs" className="error-text" role="alert">
          <FromFile>{problem}</FromFile>
        </Text>
      )}
      {FORMS.map((form) => (
        <Button
          key={form}
          size="xs"
          variant="default"
          leftSection={<Icon name="download" size={14} />}
          aria-label={t("search.export", { form: form.toUpperCase() })}
          loading={running === form}
          disabled={isDisabled || (running !== null && running !== form)}
          onClick={() => void save(form)}
        >
          {form.toUpperCase()}
        </Button>
      ))}
    </Group>
  );
}
