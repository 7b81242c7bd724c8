import { Badge, Code, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../../../components/CopyButton";
import { FromFile } from "../../../components/FromFile";
import type { ElementNumber } from "../../data/Federation";
import { usePage } from "../../state/page";
import { labelOf } from "../../trees/nodes";

/** Name, class and GlobalId of an element. */
export function ElementHead({ element }: { element: ElementNumber }) {
  const { t } = useTranslation();
  const { federation } = usePage();
  const { model, row } = federation.locate(element);
  const globalId = model.columns.globalId[row] ?? "";
  return (
    <Stack gap={4}>
      <Text fw={600} lineClamp={4}>
        <FromFile>{labelOf(model, row, { unnamed: t("model.unnamed") })}</FromFile>
      </Text>
      <Group gap={6}>
        <Badge variant="light" tt="none" size="sm">
          {model.className(row)}
        </Badge>
        {federation.models.length > 1 && (
          <Text size="xs" c="dimmed">
            <FromFile>{model.label}</FromFile>
          </Text>
        )}
      </Group>
      <Group gap={4} wrap="nowrap">
        <Code>
          <FromFile>{globalId}</FromFile>
        </Code>
        <CopyButton text={globalId} label={t("model.copyGlobalId")} />
      </Group>
    </Stack>
  );
}
