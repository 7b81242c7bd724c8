import { Button, Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useMe } from "../api/me";
import { Icon } from "../components/Icon";
import { useNamespace } from "./namespace";

/** Chooses among the namespaces that the caller may see; absent where there is only one. */
export function NamespaceMenu() {
  const { t } = useTranslation();
  const namespace = useNamespace();
  const [path, navigate] = useLocation();
  const { data: me } = useMe();
  const names = new Set([namespace, ...(me?.namespaces ?? []).map((rights) => rights.namespace)]);
  if (names.size < 2) return null;
  const page = /^\/namespaces\/[^/]+\/(\w+)/.exec(path)?.[1] ?? "jobs";
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          size="xs"
          aria-label={t("app.namespace")}
          rightSection={<Icon name="down" size={12} />}
        >
          {namespace}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={400} style={{ overflowY: "auto" }}>
        {[...names].sort().map((name) => (
          <Menu.Item key={name} onClick={() => navigate(`/namespaces/${name}/${page}`)}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
