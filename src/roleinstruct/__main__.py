"""`python -m roleinstruct`."""

from roleinstruct.cli.main import main

main()
