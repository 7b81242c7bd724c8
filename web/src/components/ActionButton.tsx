import { Button, type ButtonProps, Tooltip } from "@mantine/core";
import { Icon, type IconName } from "./Icon";

interface Props extends Pick<ButtonProps, "size" | "variant"> {
  label: string;
  icon: IconName;
  /** Why the button does nothing now; null: it works. */
  denial: string | null;
  isDangerous?: boolean;
  onClick(): void;
}

/** A button that says why it is disabled: it can be reached with the keyboard, and its tooltip has the reason. */
export function ActionButton({ label, icon, denial, isDangerous, onClick, size = "xs", variant = "default" }: Props) {
  const isDisabled = denial !== null;
  return (
    <Tooltip
      label={denial ?? label}
      disabled={!isDisabled}
      multiline
      maw={320}
      events={{ hover: true, focus: true, touch: true }}
    >
      <Button
        size={size}
        variant={variant}
        leftSection={<Icon name={icon} size={14} />}
        data-disabled={isDisabled}
        aria-disabled={isDisabled}
        onClick={(event) => (isDisabled ? event.preventDefault() : onClick())}
        {...(isDangerous && !isDisabled && { c: "light-dark(var(--mantine-color-red-9), var(--mantine-color-red-4))" })}
        className={isDangerous && !isDisabled ? "dangerous" : ""}
      >
        {label}
      </Button>
    </Tooltip>
  );
}
