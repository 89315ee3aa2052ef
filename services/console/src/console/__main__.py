"""``python -m console`` and the command ``console``."""

from console.cli import app


def main() -> None:
    """Runs the command."""
    app(prog_name="console")


if __name__ == "__main__":
    main()
