import { useTranslation } from "react-i18next";
import type { Schema } from "./client";
import { useMe } from "./me";

type Verb = NonNullable<Schema["NamespaceRights"]["ifcjobs"]>[number];

/**
 * Return why the caller may not use a verb on jobs or queues of a namespace, as a text for a disabled button; null if it
 * may. Unknown rights count as given: the server decides anyway.
 */
export function useDenial(namespace: string, kind: "ifcjobs" | "ifcqueues", verb: Verb): string | null {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const rights = me?.namespaces?.find((candidate) => candidate.namespace === namespace);
  if (me === undefined || rights === undefined || rights[kind]?.includes(verb)) return null;
  return t("shared.denied", { user: me.name, verb, kind, namespace });
}
