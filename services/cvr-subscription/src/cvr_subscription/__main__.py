"""``python -m cvr_subscription`` and the command ``cvr-subscription``."""

from cvr_subscription.cli import app


def main() -> None:
    """Runs the command."""
    app(prog_name="cvr-subscription")


if __name__ == "__main__":
    main()
