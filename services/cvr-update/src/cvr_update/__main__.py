"""``python -m cvr_update`` and the command ``cvr-update``."""

from cvr_update.cli import app


def main() -> None:
    """Runs the command."""
    app(prog_name="cvr-update")


if __name__ == "__main__":
    main()
