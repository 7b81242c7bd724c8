import { Checkbox, Fieldset, SimpleGrid, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Field, fieldsOf, OPERATIONS, type Operation } from "./fields";
import { OptionField } from "./OptionField";
import type { Options } from "./useOptions";
import { optionValue, withValue } from "./values";

/** All options; loaded when the panel is opened for the first time. */
export default function OptionGroups({ options }: { options: Options }) {
  return (
    <>
      <Operations options={options} />
      <FieldGroup group="geometry" options={options} isDisabled={!options.values.operations.includes("gltf")} />
      <FieldGroup group="job" options={options} />
    </>
  );
}

function Operations({ options }: { options: Options }) {
  const { t } = useTranslation();
  const { values, change } = options;
  const toggle = (operation: Operation) => {
    const has = values.operations.includes(operation);
    const next = OPERATIONS.filter((other) => (other === operation ? !has : values.operations.includes(other)));
    change({ ...values, operations: next });
  };
  return (
    <Fieldset legend={t("upload.options.group.files")}>
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          {OPERATIONS.map((operation) => (
            <Checkbox
              key={operation}
              label={t(`upload.options.operation.${operation}.label`)}
              description={t(`upload.options.operation.${operation}.help`)}
              checked={values.operations.includes(operation)}
              disabled={values.operations.length === 1 && values.operations.includes(operation)}
              onChange={() => toggle(operation)}
            />
          ))}
        </SimpleGrid>
        <Fields group="files" options={options} isDisabled={!values.operations.includes("properties")} />
      </Stack>
    </Fieldset>
  );
}

interface GroupProps {
  group: Field["group"];
  options: Options;
  isDisabled?: boolean;
}

function FieldGroup({ group, ...props }: GroupProps) {
  const { t } = useTranslation();
  return (
    <Fieldset legend={t(`upload.options.group.${group}`)}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" style={{ alignItems: "end" }}>
        <Fields group={group} {...props} />
      </SimpleGrid>
    </Fieldset>
  );
}

function Fields({ group, options, isDisabled = false }: GroupProps) {
  return fieldsOf(group).map((name) => (
    <OptionField
      key={name}
      name={name}
      value={optionValue(options.values, name)}
      isDisabled={isDisabled}
      onChange={(value) => options.change(withValue(options.values, name, value))}
    />
  ));
}
