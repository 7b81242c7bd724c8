import { Table } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  label: string;
  /** The width in pixels below which the table scrolls sideways. */
  minWidth: number;
  children: ReactNode;
}

/** A short table that scrolls sideways in narrow windows, also with the keyboard. */
export function WideTable({ label, minWidth, children }: Props) {
  return (
    <Table.ScrollContainer minWidth={minWidth} type="native" tabIndex={0} role="region" aria-label={label}>
      <Table aria-label={label}>{children}</Table>
    </Table.ScrollContainer>
  );
}
