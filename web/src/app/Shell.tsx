import { Anchor, AppShell, Burger, Group, NavLink } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { Notifier } from "../jobs/notify/Notifier";
import { ConnectionBadge } from "./ConnectionBadge";
import { Logo } from "./Logo";
import { NamespaceMenu } from "./NamespaceMenu";
import { useNamespace } from "./namespace";
import { SettingsMenu } from "./SettingsMenu";
import { useTitle } from "./useTitle";

/** The frame of every page: navigation, namespace, state of the connection, language and colours. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure();
  const [path] = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes when the page changes
  useEffect(close, [path]);
  const pages = usePages();
  useTitle(path, pages.find(({ active }) => active)?.label);
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { desktop: true, mobile: !opened } }}
    >
      <AppShell.Header>
        <Anchor href="#main" className="skip-link">
          {t("app.skip")}
        </Anchor>
        <Group h="100%" px="sm" gap="xs" wrap="nowrap" justify="space-between">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t("app.menu")} />
            <Logo />
            <Group component="nav" aria-label={t("app.pages")} gap={4} visibleFrom="sm" wrap="nowrap">
              {pages.map((page) => (
                <NavLink key={page.href} component={Link} {...page} w="auto" py={4} variant="light" />
              ))}
            </Group>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ConnectionBadge />
            <Notifier />
            <NamespaceMenu />
            <SettingsMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t("app.pages")} hiddenFrom="sm">
        {pages.map((page) => (
          <NavLink key={page.href} component={Link} {...page} />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

function usePages(): { href: string; label: string; active: boolean; "aria-current"?: "page" }[] {
  const { t } = useTranslation();
  const [path] = useLocation();
  const base = `/namespaces/${useNamespace()}`;
  const pages: [string, string][] = [
    [`${base}/upload`, t("app.upload")],
    [`${base}/jobs`, t("app.jobs")],
    [`${base}/queues`, t("app.queues")],
    ["/search", t("app.search")],
  ];
  return pages.map(([href, label]) => {
    const active = path.startsWith(href);
    return { href, label, active, ...(active && { "aria-current": "page" as const }) };
  });
}
