"""The server and the tokens that `ifcjob login` keeps in the user's configuration folder, readable by the user only."""

import json
import os
import time
from pathlib import Path

from pydantic import BaseModel, ValidationError

EARLY_SECONDS = 30
"""A token is refreshed this long before it expires."""


class Credentials(BaseModel):
    """A server, and how to prove who the user is."""

    server: str
    token: str | None = None
    refresh_token: str | None = None
    expires_at: float | None = None
    """Time of expiry in seconds since the epoch."""
    token_endpoint: str | None = None
    client_id: str | None = None

    def fresh_token(self) -> str | None:
        """Return the token; one that has expired is refreshed and saved if the issuer has given a refresh token."""
        has_expired = self.expires_at is not None and time.time() > self.expires_at - EARLY_SECONDS
        if not has_expired or not self.refresh_token:
            return self.token
        from ifcjob_cli.remote.login.device_flow import refreshed  # only an expired token needs it

        renewed = refreshed(self)
        save_credentials(renewed)
        return renewed.token


def credentials_file() -> Path:
    """Return the path of the file."""
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "ifcjob" / "credentials.json"


def read_credentials() -> Credentials | None:
    """Return what `ifcjob login` has saved; None if nothing can be read."""
    try:
        return Credentials.model_validate_json(credentials_file().read_bytes())
    except (OSError, ValidationError):
        return None


def save_credentials(credentials: Credentials) -> None:
    """Replace the file at once, so that other commands read the old or the new tokens."""
    path = credentials_file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}")
    content = json.dumps(credentials.model_dump(exclude_none=True), indent=2)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
    draft.replace(path)


def delete_credentials() -> bool:
    """Delete the file; False if there was none."""
    try:
        credentials_file().unlink()
    except FileNotFoundError:
        return False
    return True
