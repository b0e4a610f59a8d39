"""The tables of docs/reference/rules.md: every rule of the rulebook, place by place."""

from collections.abc import Sequence

from ahadi.data.law import ANYWHERE, LawRule, Pack, packs, strength

_HEAD = (
    "Rule",
    "What it says",
    "In force from",
    "Binds",
    "Asks to",
    "As shipped",
    "Quality",
    "Applied by",
    "Examples",
    "Source",
)
_BINDS = {"any": "everybody", "third_party": "collectors for others", "lender": "lenders"}
_DEBTORS = {"any": "", "consumer": ", consumers", "business": ", businesses"}


def rules_table() -> str:
    """The rules of each place under its heading, those of the house last."""
    return "\n\n".join(
        _part(pack) for pack in sorted(packs(), key=lambda pack: (pack.jurisdiction == ANYWHERE, pack.name))
    )


def _part(pack: Pack) -> str:
    title = pack.name if pack.jurisdiction == ANYWHERE else f"{pack.name} ({pack.jurisdiction})"
    lines = [_HEAD, ["---"] * len(_HEAD), *(_row(rule) for rule in pack.rules)]
    return f"### {title}\n\n" + "\n".join(_line(line) for line in lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _row(rule: LawRule) -> list[str]:
    where = "" if rule.countries is None else " (in the countries of the safe default)"
    return [
        f"`{rule.id}`",
        rule.title + where,
        str(rule.from_date) if rule.from_date else "not stated",
        _BINDS[rule.binds] + _DEBTORS[rule.debtors],
        rule.action,
        strength(rule, signed_off=frozenset()),
        rule.quality,
        f"`{rule.applied_by}`" if "/" in rule.applied_by else rule.applied_by,
        str(len(rule.examples) or len(rule.tested_by) or ""),
        rule.source,
    ]
