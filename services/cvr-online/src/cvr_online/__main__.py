"""``python -m cvr_online`` and the command ``cvr-online``."""

from cvr_online.cli import app


def main() -> None:
    """Runs the command."""
    app(prog_name="cvr-online")


if __name__ == "__main__":
    main()
