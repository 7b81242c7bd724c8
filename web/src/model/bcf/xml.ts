import { UnreadableBcf } from "./types";

/** Characters that XML 1.0 cannot hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this finds
const INVALID = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export interface XmlNode {
  name: string;
  attributes?: Readonly<Record<string, string>>;
  children?: readonly XmlNode[];
  text?: string;
}

/** Return a node; without children and text it is empty. */
export function node(
  name: string,
  content: readonly XmlNode[] | string = [],
  attributes: Record<string, string> = {},
): XmlNode {
  return typeof content === "string" ? { name, text: content, attributes } : { name, children: content, attributes };
}

/** Write a document. */
export function writeXml(root: XmlNode): string {
  const document = new DOMParser().parseFromString(`<${root.name}/>`, "application/xml");
  fill(document, document.documentElement, root);
  const text = new XMLSerializer().serializeToString(document);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${text.replace(/^<\?xml.*?\?>\s*/, "")}\n`;
}

function fill(document: XMLDocument, element: Element, source: XmlNode): void {
  for (const [name, value] of Object.entries(source.attributes ?? {}))
    element.setAttribute(name, value.replace(INVALID, "�"));
  if (source.text !== undefined) element.append(document.createTextNode(source.text.replace(INVALID, "�")));
  for (const child of source.children ?? []) {
    const below = document.createElementNS(null, child.name);
    fill(document, below, child);
    element.append(below);
  }
}

/** Read a document; one with a document type is refused, because its entities may grow without limit. */
export function readXml(text: string): Element {
  if (/<!(doctype|entity)/i.test(text)) throw new UnreadableBcf("a document type is not allowed");
  const document = new DOMParser().parseFromString(text, "application/xml");
  const root = document.documentElement;
  if (root === null || document.getElementsByTagName("parsererror").length > 0)
    throw new UnreadableBcf("a file in the archive is not XML");
  return root;
}

/** Return the first element below with a name, whatever its namespace. */
export function first(parent: Element | null, name: string): Element | null {
  return all(parent, name)[0] ?? null;
}

/** Return all elements below with a name, whatever their namespace. */
export function all(parent: Element | null, name: string): Element[] {
  return parent === null ? [] : [...parent.getElementsByTagName("*")].filter((element) => element.localName === name);
}

/** Return the text of the first element below with a name; null without one. */
export function textOf(parent: Element | null, name: string): string | null {
  return first(parent, name)?.textContent?.trim() || null;
}
