import { ActionIcon, Tooltip } from "@mantine/core";
import type { ComponentProps } from "react";
import { Icon, type IconName } from "../../components/Icon";

interface Props extends Omit<ComponentProps<"button">, "color" | "style" | "disabled"> {
  icon: IconName;
  label: string;
  /** For a button that stays pressed. */
  active?: boolean;
}

/** A button of the toolbar: an icon with its name in a tooltip. */
export function ToolButton({ icon, label, active, ...button }: Props) {
  return (
    <Tooltip label={label} openDelay={400}>
      <ActionIcon
        {...button}
        size="lg"
        variant={active === true ? "filled" : "default"}
        aria-label={label}
        {...(active !== undefined && { "aria-pressed": active })}
      >
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}
