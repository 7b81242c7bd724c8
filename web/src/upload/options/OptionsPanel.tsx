import { Badge, Button, Collapse, Group, Paper, Skeleton, Stack, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { lazy, Suspense, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../../components/Icon";
import type { Options } from "./useOptions";
import { countChanges } from "./values";

const OptionGroups = lazy(() => import("./OptionGroups"));

/** The options of the jobs, collapsed until they are wanted; they hold for all files of the next drop. */
export function OptionsPanel({ options }: { options: Options }) {
  const { t } = useTranslation();
  const [isOpen, { toggle }] = useDisclosure();
  const [wasOpened, setOpened] = useState(false);
  const id = useId();
  const open = () => {
    setOpened(true);
    toggle();
  };
  const changes = countChanges(options.values);
  return (
    <Paper withBorder px="sm" py="xs">
      <Group justify="space-between" mih={30}>
        <UnstyledButton onClick={open} aria-expanded={isOpen} aria-controls={id}>
          <Group gap="xs">
            <span style={{ display: "flex", rotate: isOpen ? "180deg" : "none" }}>
              <Icon name="down" size={16} />
            </span>
            {t("upload.options.title")}
            {changes > 0 && (
              <Badge size="sm" variant="light" tt="none">
                {t("upload.options.changed", { count: changes })}
              </Badge>
            )}
          </Group>
        </UnstyledButton>
        {changes > 0 && (
          <Button size="xs" variant="default" onClick={options.reset}>
            {t("upload.options.reset")}
          </Button>
        )}
      </Group>
      <div id={id}>
        <Collapse expanded={isOpen}>
          <Stack gap="md" pt="sm">
            {wasOpened && (
              <Suspense fallback={<Skeleton h={300} />}>
                <OptionGroups options={options} />
              </Suspense>
            )}
          </Stack>
        </Collapse>
      </div>
    </Paper>
  );
}
