"""The rules that there are: the modules of the folder `rules`."""

from collections.abc import Collection
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from roleinstruct.cleaning.lint import rules
from roleinstruct.cleaning.lint.rule import SEVERITIES, Rule
from roleinstruct.errors import ConfigError

__all__ = ["all_rules", "choose", "find_rule"]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, the worst first, by name among equals."""
    modules = (import_module(f"{rules.__name__}.{module.name}") for module in iter_modules(rules.__path__))
    found: list[Rule] = [module.RULE for module in modules]
    return tuple(sorted(found, key=lambda rule: (SEVERITIES.index(rule.severity), rule.id)))


def find_rule(name: str) -> Rule:
    """The rule of that id.

    Raises:
        ConfigError: There is none; the message lists what there is.
    """
    for rule in all_rules():
        if rule.id == name:
            return rule
    raise ConfigError(f"no rule is named {name!r}; there are {', '.join(sorted(rule.id for rule in all_rules()))}.")


def choose(only: Collection[str] = (), without: Collection[str] = ()) -> tuple[Rule, ...]:
    """The rules to go by.

    Args:
        only: Ids; () for all.
        without: Ids to leave out.

    Raises:
        ConfigError: A rule of that name does not exist.
    """
    named, left_out = {find_rule(name) for name in only}, {find_rule(name) for name in without}
    return tuple(rule for rule in all_rules() if (rule in named or not only) and rule not in left_out)
