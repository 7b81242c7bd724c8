import "i18next";
import type { texts } from "./en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "app";
    nsSeparator: false;
    resources: { app: typeof texts };
  }
}
