import { Anchor, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

const EXAMPLES = [
  ["fireDoors", "class=IfcDoor&property=Pset_DoorCommon.FireRating%3C90"],
  ["wideDoors", "class=IfcDoor&property=OverallWidth%3E%3D1+m"],
  ["outerWalls", "class=IfcWall&property=Pset_WallCommon.IsExternal%3Dtrue"],
  ["concrete", "class=IfcBuiltElement&class=IfcBuildingElement&material=concrete"],
  ["bigSpaces", "class=IfcSpace&property=NetFloorArea%3E30"],
  ["unrated", "property=FireRating+exists"],
] as const;

/** What a search can find, with examples to start from. */
export function SearchHelp() {
  const { t } = useTranslation();
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2} size="h5">
          {t("search.help.title")}
        </Title>
        <Text size="sm">{t("search.help.text")}</Text>
        <List size="sm" spacing={4}>
          {EXAMPLES.map(([name, parameters]) => (
            <List.Item key={name}>
              <Anchor component={Link} href={`/search?${parameters}`} inherit>
                {t(`search.help.example.${name}`)}
              </Anchor>
            </List.Item>
          ))}
        </List>
        <Text size="sm" c="dimmed">
          {t("search.help.units")}
        </Text>
      </Stack>
    </Paper>
  );
}
