import { ActionIcon, Menu, useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "../components/Icon";
import { LANGUAGES, setLanguage } from "../i18n";

const SCHEMES = ["auto", "light", "dark"] as const;

/** Language, colours and the documentation of the API. */
export function SettingsMenu() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("app.settings")}>
          <Icon name="settings" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("app.language")}</Menu.Label>
        {LANGUAGES.map(({ code, name }) => (
          <Menu.Item
            key={code}
            lang={code}
            onClick={() => setLanguage(code)}
            rightSection={mark(i18n.language === code)}
          >
            {name}
          </Menu.Item>
        ))}
        <Menu.Label>{t("app.colours")}</Menu.Label>
        {SCHEMES.map((scheme) => (
          <Menu.Item key={scheme} onClick={() => setColorScheme(scheme)} rightSection={mark(colorScheme === scheme)}>
            {t(`app.scheme.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component="a" href="/api/v1/docs">
          {t("app.apiDocs")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function mark(chosen: boolean) {
  return chosen ? <Icon name="check" size={14} /> : null;
}
