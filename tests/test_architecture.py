"""Which room may import which, and what is loaded when."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "adapters", "core")
# Libraries that are neither a platform nor a vendor: plain tools that the core may lean on.
CORE_LIBRARIES = {"numpy", "babel", "filelock", "rapidfuzz"}


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            yield node.module or ""


def inside(module: Path, folder: str) -> bool:
    return module.is_relative_to(ROOT / folder)


@pytest.mark.parametrize("module", modules("core"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_imports_no_room_above_it_and_no_vendor_outside_its_leaves(module: Path) -> None:
    for name in imported(module):
        top = name.split(".")[0]
        assert top not in ("bot", "adapters"), name
        if inside(module, "core/providers") or inside(module, "core/training"):
            continue
        assert top == "core" or top in sys.stdlib_module_names or top in CORE_LIBRARIES, name


@pytest.mark.parametrize("module", modules("adapters"), ids=lambda path: str(path.relative_to(ROOT)))
def test_adapters_do_not_import_what_starts_them(module: Path) -> None:
    assert all(name.split(".")[0] != "bot" for name in imported(module))


@pytest.mark.parametrize(
    "module", [path for room in ROOMS for path in modules(room)], ids=lambda path: str(path.relative_to(ROOT))
)
def test_only_wiring_imports_providers_and_nothing_in_the_core_imports_training(module: Path) -> None:
    for name in imported(module):
        if name.startswith("core.providers"):
            assert module == ROOT / "bot/wiring.py" or inside(module, "core/providers"), name
        if name.startswith("core.training"):
            assert inside(module, "bot") or inside(module, "core/training"), name


def test_only_settings_read_the_environment() -> None:
    """`os.environ` and `os.getenv` occur in bot/settings.py alone."""
    for module in (path for room in ROOMS for path in modules(room)):
        if module != ROOT / "bot/settings.py":
            text = module.read_text("utf-8")
            assert "environ" not in text, module
            assert "getenv" not in text, module


def test_vendors_that_are_not_configured_are_not_loaded(data_dir: Path) -> None:
    """Answering from the embedded index loads no platform, no model SDK, no server client, no torch."""
    unwanted = ["discord", "slack_bolt", "openai", "anthropic", "qdrant_client", "torch", "sqlalchemy"]
    unwanted += ["matplotlib"]
    script = (
        "import sys\n"
        "from bot.commands import main\n"
        "status = main(['ask', '--json', 'a quiet film'])\n"
        f"loaded = [name for name in {unwanted!r} if name in sys.modules]\n"
        "sys.exit(str(loaded) if loaded else status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"MATINEE_DATA_DIR": str(data_dir), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
