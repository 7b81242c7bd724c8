import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { EmptyState } from "../components/EmptyState";

/** The page of an address that means nothing. */
export function NotFound() {
  const { t } = useTranslation();
  const [path] = useLocation();
  return <EmptyState title={t("app.notFound")} text={path} link={{ href: "/", label: t("app.toJobs") }} />;
}
