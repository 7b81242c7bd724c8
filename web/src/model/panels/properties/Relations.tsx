import { Anchor } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../../api/client";
import { FromFile } from "../../../components/FromFile";
import { Icon } from "../../../components/Icon";
import type { ElementNumber } from "../../data/Federation";
import { usePage } from "../../state/page";
import { useSceneStore } from "../../state/SceneStore";

interface Props {
  relations: readonly Schema["Relation"][];
  element: ElementNumber;
  filter: string;
}

/** The relationships of an element; the other object can be selected if it is an element. */
export function Relations({ relations, element, filter }: Props) {
  const { t } = useTranslation();
  const wanted = filter.trim().toLocaleLowerCase();
  const shown = relations.filter((relation) =>
    [relation.relation, relation.name, relation.otherClass].some((text) => text?.toLocaleLowerCase().includes(wanted)),
  );
  if (shown.length === 0) return null;
  return (
    <details className="property-set">
      <summary>
        <Icon name="down" size={14} />
        {t("model.relations", { count: shown.length })}
      </summary>
      <table className="property-table">
        <tbody>
          {shown.map((relation, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a file may repeat a relationship
            <tr key={place}>
              <th scope="row">
                <FromFile>{relation.relation.replace(/^IfcRel/, "")}</FromFile>
              </th>
              <td>
                <Other relation={relation} element={element} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Other({ relation, element }: { relation: Schema["Relation"]; element: ElementNumber }) {
  const { federation } = usePage();
  const store = useSceneStore();
  const { model, row } = federation.locate(element);
  const other = model.rowsByStepId.get(relation.otherStepId ?? -1);
  const label = [relation.otherClass, other === undefined ? relation.name : model.name(other)]
    .filter(Boolean)
    .join(" · ");
  if (other === undefined) return <FromFile>{label}</FromFile>;
  const select = () => store.dispatch({ do: "select", elements: [element - row + other] });
  return (
    <Anchor component="button" type="button" inherit ta="start" onClick={select}>
      <FromFile>{label}</FromFile>
    </Anchor>
  );
}
