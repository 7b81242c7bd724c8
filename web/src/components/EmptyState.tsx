import { Button, Center, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";

interface Props {
  title: string;
  text?: string;
  link?: { href: string; label: string };
  onAction?: { label: string; run(): void };
  children?: ReactNode;
}

/** Says why a page or list is empty, and leads to the next step. */
export function EmptyState({ title, text, link, onAction, children }: Props) {
  return (
    <Center mih="40vh" p="md">
      <Stack align="center" gap="sm" maw={480}>
        <Title order={2} size="h3" ta="center">
          {title}
        </Title>
        {text !== undefined && (
          <Text c="dimmed" ta="center" className="from-file">
            {text}
          </Text>
        )}
        {children}
        {onAction !== undefined && (
          <Button variant="default" onClick={onAction.run}>
            {onAction.label}
          </Button>
        )}
        {link !== undefined && (
          <Button component={Link} href={link.href}>
            {link.label}
          </Button>
        )}
      </Stack>
    </Center>
  );
}
