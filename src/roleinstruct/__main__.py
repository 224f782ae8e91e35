"""`python -m roleinstruct`, and the command `roleinstruct`."""

import sys

__all__ = ["run"]


def run() -> None:
    """Run the command line; Ctrl-C while it is still being loaded, or is about to end, is no error either."""
    try:
        from roleinstruct.cli.main import main

        main()
    except KeyboardInterrupt:
        sys.stderr.write("roleinstruct: stopped.\n")
        sys.exit(130)


if __name__ == "__main__":
    run()
