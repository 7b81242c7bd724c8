import { Alert, Button, Group, Modal, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { detailOf } from "../api/problem";
import { signIn } from "../api/signIn";
import { authorization } from "../api/token";
import { useFormat } from "../lib/useFormat";
import { checked, expiryOf } from "./token";

/** Asks the user to sign in when a request was answered with 401. The page behind it continues afterwards. */
export function SignInDialog() {
  const { t } = useTranslation();
  return (
    <Modal.Root opened onClose={() => undefined} closeOnClickOutside={false} closeOnEscape={false}>
      <Modal.Overlay />
      <Modal.Content aria-label={t("signIn.title")}>
        <Modal.Body>
          <Title order={2} size="h4" mb="sm">
            {t("signIn.title")}
          </Title>
          <SignInForm />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function SignInForm() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [token, setToken] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [isChecking, setChecking] = useState(false);
  const hadToken = "Authorization" in authorization();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setChecking(true);
    try {
      await checked(token.trim());
      signIn(token.trim());
      await queries.resetQueries();
    } catch (problem) {
      setError(detailOf(problem));
    } finally {
      setChecking(false);
    }
  };
  return (
    <Stack gap="sm">
      <Text size="sm">{hadToken ? t("signIn.expired") : t("signIn.proxy")}</Text>
      {!hadToken && (
        <Group>
          <Button onClick={() => window.location.reload()}>{t("signIn.reload")}</Button>
        </Group>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          <PasswordInput
            label={t("signIn.token")}
            description={t("signIn.tokenHelp")}
            value={token}
            error={error}
            autoComplete="off"
            onChange={({ currentTarget }) => {
              setToken(currentTarget.value);
              setError(null);
            }}
          />
          <Expiry token={token.trim()} />
          <Group>
            <Button
              type="submit"
              variant={hadToken ? "filled" : "default"}
              loading={isChecking}
              disabled={token.trim() === ""}
            >
              {t("signIn.submit")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}

/** Says until when a token is valid, if it says so itself. */
function Expiry({ token }: { token: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const expiry = expiryOf(token);
  if (expiry === null) return null;
  const time = format.time(expiry.toISOString());
  if (expiry.getTime() < Date.now()) return <Alert color="red">{t("signIn.isExpired", { time })}</Alert>;
  return (
    <Text size="xs" c="dimmed">
      {t("signIn.expires", { time })}
    </Text>
  );
}
