import { useLocalStorage } from "@mantine/hooks";
import { useEffect } from "react";
import { useRoute } from "wouter";

/** Return the namespace of the address, else the one that was used last. */
export function useNamespace(): string {
  const [isInAddress, parameters] = useRoute("/namespaces/:namespace/*?");
  const [last, setLast] = useLocalStorage({
    key: "ifcjob.namespace",
    defaultValue: "default",
    getInitialValueInEffect: false,
  });
  const namespace = isInAddress ? (parameters as { namespace: string }).namespace : last;
  useEffect(() => {
    if (namespace !== last) setLast(namespace);
  }, [namespace, last, setLast]);
  return namespace;
}
