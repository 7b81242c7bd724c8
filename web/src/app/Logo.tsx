import { Anchor } from "@mantine/core";
import { Link } from "wouter";

/** The name of the product, with a link to the start page. */
export function Logo() {
  return (
    <Anchor component={Link} href="/" underline="never" fw={700} c="inherit" style={{ display: "flex", gap: 8 }}>
      <img src="/favicon.svg" alt="" width={22} height={22} />
      ifcjob
    </Anchor>
  );
}
