import { expect, test } from "vitest";
import { conditionText, parseCondition } from "./conditions";
import { apiParameters, hasConditions, readQuery, writeQuery } from "./query";

test.each([
  ["Pset_DoorCommon.FireRating<90", { path: "Pset_DoorCommon.FireRating", operator: "<", value: "90" }],
  ["Width >= 900 mm", { path: "Width", operator: ">=", value: "900 mm" }],
  ["Reference!=a=b", { path: "Reference", operator: "!=", value: "a=b" }],
  ["Name contains x < y", { path: "Name", operator: "contains", value: "x < y" }],
  ["Fire Rating exists", { path: "Fire Rating", operator: "exists", value: "" }],
  ["contains=1", { path: "contains", operator: "=", value: "1" }],
])("%s is read as its parts, and written again", (text, condition) => {
  expect(parseCondition(text)).toEqual(condition);
  expect(parseCondition(conditionText(condition as never) ?? "")).toEqual(condition);
});

test("conditions without a path or a value are not sent", () => {
  expect(conditionText({ path: " ", operator: "exists", value: "" })).toBeNull();
  expect(conditionText({ path: "Width", operator: "<", value: " " })).toBeNull();
});

test("a query comes back from the address as it was", () => {
  const address = "text=T%C3%BCr&class=IfcDoor&class=IfcWindow&property=A.B%3C9&subclasses=false";
  const query = readQuery(new URLSearchParams(`${address}&class=IfcDoor&class=+&other=1`));
  expect(writeQuery(query).toString()).toBe(address);
  expect(apiParameters(query)).toEqual({
    ...{ text: ["Tür"], class: ["IfcDoor", "IfcWindow"], property: ["A.B<9"], subclasses: false },
  });
});

test("an address without conditions has none", () => {
  const query = readQuery(new URLSearchParams("column=x"));
  expect(hasConditions(query)).toBe(false);
  expect(apiParameters(query)).toEqual({});
});
