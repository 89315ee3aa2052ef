"""``python -m cpr_direct`` and the command ``cpr-direct``."""

from cpr_direct.cli import app


def main() -> None:
    """Runs the command."""
    app(prog_name="cpr-direct")


if __name__ == "__main__":
    main()
