"""A step that a model does, looked at while it runs: where next to nothing comes, it does not go on to the end."""

from dataclasses import dataclass

from roleinstruct.errors import YieldError
from roleinstruct.records import Rejected

__all__ = ["Watch"]


@dataclass(slots=True)
class Watch:
    """Counts what was asked for and what came.

    Attributes:
        step: "annotate" or "answer".
        least: The share that the step must bring, 0 to 1; with 0 it always goes on.
        asked: So far.
        came: Of these.
        last: The last that did not come.
    """

    step: str
    least: float
    asked: int = 0
    came: int = 0
    last: Rejected | None = None

    def hear(self, came: int, failed: tuple[Rejected, ...]) -> None:
        """Count what has come, and what has not."""
        self.asked += came + len(failed)
        self.came += came
        self.last = failed[-1] if failed else self.last

    @property
    def is_hopeless(self) -> bool:
        """Whether so little has come of enough that the step could hardly bring its share."""
        return self.asked >= _ENOUGH and self.came < self.least * self.asked / 5

    def expect_hope(self) -> None:
        """Check that the step may go on.

        Raises:
            YieldError: It is hopeless.
        """
        if self.is_hopeless and self.last is not None:
            said = " ".join(str(self.last.payload.get("reply") or self.last.payload.get("message") or "").split())
            raise YieldError(
                f"{self.step} was stopped early: of the first {self.asked:,} that were asked for {self.came:,} came, "
                f"the last failed as {self.last.reason} (the model: {said[:120]!r}); every reply is kept in the "
                "journal: choose another model, or go on to the end with --set model.least_yield=0."
            )


_ENOUGH = 200
"""Labels or answers after which a share says something."""
