"""No message shows a secret: forty wrong settings with a canary in the password."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.__main__ import main
from api.settings import Settings

CANARY = "CaNaRy"
PASSWORDS = (
    CANARY,
    f"{CANARY}/x",
    f"{CANARY}#x",
    f"{CANARY}?x=1",
    f"{CANARY}@x",
    f"{CANARY}:1",
    f"[{CANARY}",
    f"{CANARY}%2",
    f"{CANARY} x",
    f"{CANARY}%00",
)
URLS = (
    *(f"postgresql://user:{password}@127.0.0.1:1/facts" for password in PASSWORDS),
    *(f"postgres://user:{password}@127.0.0.1:1/facts" for password in PASSWORDS[1:4]),
    *(f"{scheme}://user:{CANARY}@127.0.0.1:1/facts" for scheme in ("mysql", "postgresql+asyncpg", "POSTGRESQL", "http", "jdbc:postgresql", "")),
    *(f"postgresql://user:{CANARY}@{host}/facts" for host in (
        "127.0.0.1:port", "127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:1,127.0.0.1:2", "[::1", "127.0.0.1:1:2", ":1", "%zz",
    )),
    f"postgresql://127.0.0.1:1/facts?user=user&password={CANARY}",
    f"postgresql://127.0.0.1:1/facts?password={CANARY}&sslmode=nonsense",
    f"postgresql://127.0.0.1:port/facts?password={CANARY}",
    f"postgresql://user:{CANARY}@127.0.0.1:1/facts?sslmode=nonsense",
    f"postgresql://user:{CANARY}@127.0.0.1:1/facts?sslrootcert=/nowhere&sslmode=verify-full",
    f"postgresql://user:{CANARY}@127.0.0.1:1/facts?target_session_attrs=nonsense",
    f"postgresql://user:{CANARY}@127.0.0.1:1/%ff",
    f"postgresql://user:{CANARY}",
    f"postgresql:user:{CANARY}@127.0.0.1:1/facts",
    f"host=127.0.0.1 port=1 user=user password={CANARY}",
    CANARY,
    f" postgresql://user:{CANARY}@127.0.0.1:1/facts",
)  # fmt: skip


@pytest.mark.parametrize("setting", ["DATABASE_URL", "DATABASE_READ_URL", "DATABASE_MIGRATE_URL"])
@pytest.mark.parametrize("url", URLS)
def test_a_wrong_database_url_is_not_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user@127.0.0.1:1/facts")
    monkeypatch.setenv(setting, url)
    monkeypatch.setenv("CONFLICT_FACTS_HOME", str(tmp_path))
    for words in (["revisions"], ["verify"], ["serve", "--port", "1"]):
        result = CliRunner().invoke(main, words)
        assert result.exit_code != 0
        shown = result.output + "".join(traceback.format_exception(*result.exc_info) if result.exc_info else ())
        assert CANARY not in shown, f"{words}: {shown}"
        assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit), f"{words}: {shown}"
        assert "DATABASE_" in result.output or "database" in result.output


def test_settings_do_not_show_secrets_when_they_are_printed() -> None:
    config = Settings(database_url=f"postgresql://user:{CANARY}@host/facts", database_read_url=f"postgresql://user:{CANARY}@host/facts")
    assert CANARY not in repr(config) + str(config)
