// Convert an IFC file for @thatopen/fragments: node frag.js MODEL.ifc MODEL.frag
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { IfcImporter } from "@thatopen/fragments";

const [source, target] = process.argv.slice(2);
const importer = new IfcImporter();
importer.wasm = { path: fileURLToPath(new URL("node_modules/web-ifc/", import.meta.url)), absolute: true };
fs.writeFileSync(target, await importer.process({ bytes: new Uint8Array(fs.readFileSync(source)) }));
process.exit(0);
