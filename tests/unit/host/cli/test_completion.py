"""The script for a shell's completion, and the completions that it asks for."""

from collections.abc import Callable

import pytest
import shellingham

from lightning_cart_host.cli.completion_command import VARIABLE

type Cli = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("shell", "script", "place"),
    [
        ("bash", "complete -o default -F", "~/.local/share/bash-completion/completions/lightning-cart"),
        ("zsh", "#compdef lightning-cart", "~/.zfunc/_lightning-cart"),
        ("fish", "complete --command lightning-cart", "~/.config/fish/completions/lightning-cart.fish"),
        ("powershell", "Register-ArgumentCompleter", "$PROFILE"),
    ],
)
def test_the_script_goes_to_the_output_and_its_place_beside_it(
    lightning_cart: Cli, shell: str, script: str, place: str
) -> None:
    status, out, err = lightning_cart("completion", shell)
    assert (status, script in out, VARIABLE in out, place in err) == (0, True, True, True)


@pytest.mark.parametrize(("found", "shell"), [("zsh", "zsh"), ("pwsh", "powershell")])
def test_the_shell_is_detected(lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch, found: str, shell: str) -> None:
    monkeypatch.setattr(shellingham, "detect_shell", lambda: (found, f"/bin/{found}"))
    assert f"Then open a new {shell} session." in lightning_cart("completion")[2]


def test_a_shell_that_is_not_served_is_told(lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shellingham, "detect_shell", lambda: ("dash", "/bin/dash"))
    status, _, err = lightning_cart("completion")
    assert (status, "dash is not served: name one of bash, zsh, fish, powershell" in err) == (2, True)


def test_a_shell_that_cannot_be_detected_is_told(lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise shellingham.ShellDetectionFailure

    monkeypatch.setattr(shellingham, "detect_shell", fail)
    assert "your shell could not be detected" in lightning_cart("completion")[2]


@pytest.mark.parametrize(
    ("words", "place", "completion"),
    [
        ("lightning-cart back", 1, "backup"),
        ("lightning-cart orders expl", 2, "explain"),
        ("lightning-cart serve --po", 2, "--port"),
    ],
    ids=["a command", "a command of a group", "an option"],
)
def test_the_program_completes(
    lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch, words: str, place: int, completion: str
) -> None:
    monkeypatch.setenv(VARIABLE, "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(place))
    assert lightning_cart()[:2] == (0, f"{completion}\n")
