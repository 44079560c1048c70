"""``matomo-tui mcp``: which agent, which Matomo, which address; wrong usage is a sentence."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke, started
from tests.extras import needs

pytestmark = needs("mcp")
TWO = '[agents.claude]\non_sites = [1]\nlive = "read"\n[agents.other]\nlive = "read"\n'


@pytest.mark.parametrize(
    ("config_text", "arguments", "says"),
    [
        ("", ["--demo"], "No agent is granted anything. Add [agents.NAME]"),
        (TWO, ["--demo"], "Which agent? Choose one with --agent: claude, other."),
        (TWO, ["--demo", "--agent", "cloude"], "Did you mean 'claude'?"),
        (TWO, ["--demo", "--agent", "nobody"], "Agents there: claude, other."),
        (TWO, ["--agent", "claude"], "No Matomo to read. Set one with --url or MATOMO_URL"),
        (
            '[profiles.a]\nurl = "x.example"\n[profiles.b]\nurl = "y.example"\n[agents.c]\nlive = "read"\n',
            [],
            "No Matomo to read. Choose a profile with --profile NAME,",
        ),
        (TWO, ["--demo", "--agent", "claude", "--http", "0.0.0.0:80"], "listens on this computer only"),
        (TWO, ["--demo", "--agent", "claude", "--http", "nonsense"], "--http takes a port"),
        (TWO, ["--demo", "--agent", "claude", "--http", "127.0.0.1:99999"], "--http takes a port"),
        (TWO, ["--demo", "--agent", "claude", "--http", "1" * 5000], "--http takes a port"),
        (TWO, ["--demo", "--agent", "claude", "--yes-i-confirm", "counters"], "takes a writing tool: add_goal,"),
        (TWO, ["--demo", "--agent", "claude", "--http", "0", "--secret-file", "no-such"], "There is no secret file"),
        (TWO, ["--token", "x"], "There is no --token"),
        ('[agents.claude]\nlive = "rad"\n', ["--demo"], 'line 2: live must be "off", "read" or "full". Did you mean'),
        (
            '[profiles.a]\nurl = "x.example"\n[profiles.b]\nurl = "y.example"\n[agents.c]\nprofile = "a"\n',
            ["--profile", "b"],
            "[agents.c] is for the profile 'a', not for 'b'.",
        ),
    ],
)
def test_wrong_usage_is_a_sentence(
    invoke: Invoke, config: Path, config_text: str, arguments: list[str], says: str
) -> None:
    (config / "config.toml").write_text(config_text)
    result = invoke("mcp", *arguments)
    assert result.exit_code == 2
    assert says in result.output.replace("\n", " ")
    assert "Traceback" not in result.output


@pytest.mark.parametrize(("text", "mode", "says"), [("short", 0o600, "is too short"), ("x" * 40, 0o644, "chmod 600")])
def test_a_secret_file_is_private_and_long_enough(
    invoke: Invoke, config: Path, text: str, mode: int, says: str
) -> None:
    (config / "config.toml").write_text(TWO)
    file = config / "secret"
    file.write_text(text)
    file.chmod(mode)
    result = invoke("mcp", "--demo", "--agent", "claude", "--http", "0", "--secret-file", str(file))
    assert result.exit_code == 2
    assert says in result.output
    assert text not in result.output.replace("short", "") or text == "short"


def test_a_rejected_token_ends_it_at_once(invoke: Invoke, config: Path) -> None:
    from tests.small_matomo import SmallMatomo, serving

    (config / "config.toml").write_text(TWO)
    with serving(SmallMatomo()) as address:
        result = invoke("mcp", "--agent", "claude", "--url", address, MATOMO_TOKEN="no-such-token-0123456789")
    assert result.exit_code == 1
    assert "Nothing more is sent until matomo-tui mcp is started again." in result.output
    assert "no-such-token" not in result.output


@pytest.mark.terminal
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_although_its_input_is_open(
    environment: dict[str, str], config: Path, number: signal.Signals
) -> None:
    (config / "config.toml").write_text(TWO)
    with started(environment, "mcp", "--demo", "--agent", "claude") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
        request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client}
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["result"]["serverInfo"]["name"] == "matomo-tui"
        process.send_signal(number)
        assert process.wait(20) == -number
        assert process.stdout.read() == ""


@pytest.mark.terminal
def test_a_line_that_is_no_request_is_answered_too_if_it_may_be_one(environment: dict[str, str], config: Path) -> None:
    (config / "config.toml").write_text(TWO)
    half = '{"jsonrpc":"2.0","id":82,"method":"tools/call","params":{"name":"list_reports","arguments":"\\ud83d"}}'
    client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    lines = [
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client}),
        half,
        "no JSON",
        "",
        "[]",
        '{"jsonrpc":"1.0","id":"a","method":"ping"}',
        '{"jsonrpc":"2.0","id":true,"method":5}',
        '{"jsonrpc":"2.0","id":"\\ud83d","method":"ping"}',
        '\ufeff{"jsonrpc":"2.0","id":3,"method":"ping"}',
        '{"jsonrpc":"2.0","method":5}',
        '{"jsonrpc":"2.0","method":"notifications/x","params":{"a":"\\ud83d"}}',
        '{"id":10,"result":5}',
        '{"jsonrpc":"2.0","id":11,"error":"x"}',
        '{"jsonrpc":"2.0","id":2,"method":"ping"}',
    ]
    with started(environment, "mcp", "--demo", "--agent", "claude") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(f"{line}\n" for line in lines))
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(9)]
        assert process.communicate(timeout=60) == ("", "")
    errors = [(answer["id"], answer["error"]["code"]) for answer in answers if "error" in answer]
    unnamed = [(None, -32700), (None, -32600), ("a", -32600), (None, -32600), (None, -32700)]
    assert errors == [(82, -32700), *unnamed, (3, -32700)]
    assert [answer["id"] for answer in answers if "result" in answer] == [1, 2]
