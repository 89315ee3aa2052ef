"""``python -m cpr_batch`` and the command ``cpr-batch``."""

from cpr_batch.cli import app


def main() -> None:
    """Runs the command."""
    app(prog_name="cpr-batch")


if __name__ == "__main__":
    main()
