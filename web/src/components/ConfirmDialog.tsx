import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  title: string;
  text?: string;
  /** The word of the button that does it, such as "Delete 3 jobs". */
  action: string;
  isDangerous?: boolean;
  isBusy?: boolean;
  /** A message has only one button. */
  hasCancel?: boolean;
  onConfirm(): void;
  onClose(): void;
  children?: ReactNode;
}

/** Asks before something that cannot be taken back. The focus begins at "Cancel" if the action is dangerous. */
export function ConfirmDialog(props: Props) {
  const { title, text, action, isDangerous, isBusy, hasCancel = true, onConfirm, onClose, children } = props;
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      closeButtonProps={{ "aria-label": t("shared.dialog.close") }}
      centered
    >
      <Stack gap="md">
        {text !== undefined && <Text size="sm">{text}</Text>}
        {children}
        <Group justify="flex-end" gap="xs">
          {hasCancel && (
            <Button variant="default" onClick={onClose} {...(isDangerous && { "data-autofocus": true })}>
              {t("shared.dialog.cancel")}
            </Button>
          )}
          <Button
            color={isDangerous ? "red" : "blue"}
            loading={isBusy ?? false}
            onClick={onConfirm}
            {...(!isDangerous && { "data-autofocus": true })}
          >
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
