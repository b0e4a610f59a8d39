"""A replay pays as a clerk does, who takes one account and one day at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ahadi.kernel.allocation import UnableToUseWaterfall, Waterfall, allocate, flat
from ahadi.kernel.balance import SOURCES, balances
from ahadi.kernel.money import divide_rounded
from ahadi.kernel.replay import CHOICES, MOVES, PARTS, RENEWALS, Replayed, replay
from ahadi.kernel.schema import CHARGES, COMPONENT_COLUMNS, COMPONENTS, DESIGNATIONS, RECEIPTS, empty, minor

from .book import DAY_ONE, rows

Row = dict[str, Any]
DAY = date(2026, 3, 1)
ENTRIES = [
    ("penalty", "fee", "interest", "principal"),
    ("interest+principal", "penalty", "fee"),
    ("penalty+fee+interest", "principal"),
    ("principal", "interest", "fee", "penalty"),
]
waterfalls = st.builds(
    Waterfall,
    due=st.sampled_from(ENTRIES),
    in_advance=st.sampled_from([None, ("principal", "penalty", "fee", "interest")]),
    spread=st.sampled_from(["instalment_first", "component_first"]),
    advance_to=st.sampled_from(["next", "last", "reamortise"]),
)


@dataclass(frozen=True)
class Story:
    """Parts, moves, choices and renewals that belong together."""

    parts: pl.DataFrame
    moves: pl.DataFrame
    choices: pl.DataFrame
    renewals: pl.DataFrame

    def replayed(self, waterfall: Waterfall, as_of: date = DAY) -> Replayed:
        return replay(self.parts, self.moves, self.choices, self.renewals, as_of=as_of, waterfall=waterfall)


def _day(draw: st.DrawFn) -> date:
    return DAY_ONE + timedelta(days=draw(st.integers(0, 20)))


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A few accounts whose charges arise late, join instalments, are chosen and re-aged."""
    parts: list[Sequence[object]] = []
    moves: list[Sequence[object]] = []
    choices: list[Sequence[object]] = []
    renewals: list[Sequence[object]] = []
    amounts = st.sampled_from([0, 0, 1, 2, 5, 100])
    place = 0
    for account in range(1, draw(st.integers(1, 3)) + 1):
        dues = {account * 10 + number: _day(draw) for number in range(draw(st.integers(0, 3)))}
        for _ in range(draw(st.integers(0, 5)) if dues else 0):
            place += 1
            instalment = draw(st.sampled_from(sorted(dues)))
            begins = draw(st.one_of(st.none(), st.just(_day(draw))))
            own = min(dues[instalment], _day(draw))
            amount = [draw(amounts) for _ in COMPONENTS]
            if draw(st.integers(0, 7)) == 0:
                instalment, amount = 900 + place, [-one for one in amount]
            due = dues.get(instalment, own)
            parts.append((account, instalment, place, due, own, begins, place, *amount))
        own_parts = [row[2] for row in parts if row[0] == account]
        for _ in range(draw(st.integers(0, 4))):
            place += 1
            receipt = draw(st.sampled_from([1, 2, 3, 7, 50, 400]))
            moves.append((account, place, _day(draw), place, receipt))
            if own_parts and draw(st.integers(0, 3)) == 0:
                chosen = draw(st.lists(st.sampled_from(own_parts), min_size=1, max_size=2, unique=True))
                share = receipt // len(chosen)
                choices += [(place, part, None, share) for part in chosen if share]
        if draw(st.integers(0, 4)) == 0:
            place += 1
            on = _day(draw)
            for step in range(draw(st.integers(1, 3))):
                number = 1000 + 10 * account + step
                renewals.append((account, on, place, number, number, on + timedelta(days=5 * (step + 1))))
    return Story(rows(PARTS, *parts), rows(MOVES, *moves), rows(CHOICES, *choices), rows(RENEWALS, *renewals))


@dataclass
class Cell:
    """One component of one part."""

    part: Row
    component: str
    due: date
    open: int
    is_active: bool


class Clerk:
    """The slow model: one account, one event, one cell after the other."""

    def __init__(self, account: int, story: Story, waterfall: Waterfall, as_of: date) -> None:
        self.waterfall = waterfall
        own = pl.col("account_id") == account
        self.parts = story.parts.filter(own).sort("due_date", "instalment_id", "place").to_dicts()
        known = [row for row in self.parts if row["from_date"] is None or row["from_date"] <= as_of]
        self.cells = [cell for row in known for cell in self.cells_of(row, is_active=row["from_date"] is None)]
        self.receipts = story.moves.filter(own & (pl.col("value_date") <= as_of)).to_dicts()
        self.left = {row["receipt_id"]: row["amount_minor"] for row in self.receipts}
        self.waiting: list[int] = []
        self.paid: dict[tuple[int, int, date, str], int] = {}
        self.account = account
        self.events: list[tuple[date, int, int, int, Any]] = []
        for row in known:
            if row["from_date"] is not None:
                self.events.append((row["from_date"], row["place"], 0, 0, ("arises", row)))
        places = {row["part_id"]: row for row in known}
        for row in self.receipts:
            chosen = story.choices.with_row_index("n").filter(pl.col("receipt_id") == row["receipt_id"]).to_dicts()
            for one in chosen:
                part = places.get(one["part_id"], {})
                when, place = row["value_date"], row["place"]
                if part.get("from_date") and part["from_date"] > when:
                    when, place = part["from_date"], part["place"]
                self.events.append((when, place, 2, one["n"], ("chosen", row, one)))
            if not chosen:
                self.events.append((row["value_date"], row["place"], 1, 0, ("comes", row)))
        renewals = story.renewals.filter(own & (pl.col("on_date") <= as_of)).sort("due_date").to_dicts()
        if renewals:
            self.events.append((renewals[0]["on_date"], renewals[0]["place"], 3, 0, ("renews", renewals)))

    def cells_of(self, row: Row, *, is_active: bool) -> list[Cell]:
        late = {"fee", "penalty"}
        return [
            Cell(row, name, row["own_due_date"] if name in late else row["due_date"], row[minor(name)], is_active)
            for name in COMPONENTS
        ]

    def work(self) -> dict[tuple[int, int, date, str], int]:
        for day, _, _, _, (kind, *rest) in sorted(self.events, key=lambda event: event[:4]):
            if kind == "arises":
                for cell in self.cells:
                    cell.is_active |= cell.part is rest[0]
                for receipt in list(self.waiting):
                    self.serve(receipt, self.left[receipt], day, self.cells)
            elif kind == "comes":
                self.waiting.append(rest[0]["receipt_id"])
                self.serve(rest[0]["receipt_id"], rest[0]["amount_minor"], day, self.cells)
            elif kind == "chosen":
                named = [cell for cell in self.cells if cell.part["part_id"] == rest[1]["part_id"]]
                receipt = rest[0]["receipt_id"]
                self.serve(receipt, min(rest[1]["amount_minor"], self.left[receipt]), day, named)
            else:
                self.renew(rest[0])
        return {key: amount for key, amount in self.paid.items() if amount}

    def serve(self, receipt: int, money: int, day: date, cells: list[Cell]) -> None:
        ready = [cell for cell in cells if cell.is_active and cell.open > 0]
        due = [cell for cell in ready if cell.due <= day]
        later = [cell for cell in ready if cell.due > day]
        for cell in self.in_order(due, self.waterfall.due):
            money -= self.pay(receipt, cell, min(money, cell.open), day)
        if self.waterfall.advance_to == "reamortise":
            money = self.share_out(receipt, money, later, day)
        order = flat(self.waterfall.in_advance or self.waterfall.due)
        sign = -1 if self.waterfall.advance_to == "last" else 1
        key = lambda cell: (  # noqa: E731
            sign * cell.part["due_date"].toordinal(),
            sign * cell.part["instalment_id"],
            order.index(cell.component),
        )
        for cell in sorted(later, key=key):
            money -= self.pay(receipt, cell, min(money, cell.open), day)

    def in_order(self, cells: list[Cell], entries: Sequence[str]) -> list[Cell]:
        rank = {name: place for place, name in enumerate(flat(entries))}
        entry = {name: place for place, one in enumerate(entries) for name in one.split("+")}
        by_entry = self.waterfall.spread == "component_first"
        return sorted(
            cells,
            key=lambda cell: (
                entry[cell.component] if by_entry else 0,
                cell.part["due_date"],
                cell.part["instalment_id"],
                rank[cell.component],
            ),
        )

    def share_out(self, receipt: int, money: int, later: list[Cell], day: date) -> int:
        cells = [cell for cell in later if cell.component == "principal"]
        taken = {id(cell): 0 for cell in cells}
        left = money
        while left and (sharing := [cell for cell in cells if cell.open > taken[id(cell)]]):
            share, before = divide_rounded(left, len(sharing), "half_even"), left
            for place, cell in enumerate(sharing):
                start = min(place * share, before)
                part = before - start if place == len(sharing) - 1 else min(start + share, before) - start
                part = min(part, cell.open - taken[id(cell)])
                taken[id(cell)] += part
                left -= part
        for cell in cells:
            self.pay(receipt, cell, taken[id(cell)], day)
        return left

    def pay(self, receipt: int, cell: Cell, amount: int, day: date) -> int:
        key = (receipt, cell.part["part_id"], day, cell.component)
        self.paid[key] = self.paid.get(key, 0) + amount
        cell.open -= amount
        self.left[receipt] -= amount
        return amount

    def renew(self, renewals: list[Row]) -> None:
        moved = dict.fromkeys(COMPONENTS, 0)
        for cell in self.cells:
            if cell.is_active and cell.open > 0:
                moved[cell.component] += cell.open
                cell.open = 0
        given = dict.fromkeys(COMPONENTS, 0)
        for place, row in enumerate(renewals):
            new = row | {"own_due_date": row["due_date"]}
            for name in COMPONENTS:
                share = divide_rounded(moved[name], len(renewals), "half_even")
                part = min(share, moved[name] - given[name])
                new[minor(name)] = moved[name] - given[name] if place == len(renewals) - 1 else part
                given[name] += new[minor(name)]
            self.cells += self.cells_of(new, is_active=True)
        self.cells.sort(key=lambda cell: (cell.part["due_date"], cell.part["instalment_id"]))


def clerks_work(story: Story, waterfall: Waterfall, as_of: date = DAY) -> dict[tuple[int, int, date, str], int]:
    made: dict[tuple[int, int, date, str], int] = {}
    for account in sorted(set(story.moves["account_id"])):
        made |= Clerk(account, story, waterfall, as_of).work()
    return made


def found(replayed: Replayed) -> dict[tuple[int, int, date, str], int]:
    return {
        (row["receipt_id"], row["part_id"], row["value_date"], name): row[minor(name)]
        for row in replayed.paid.iter_rows(named=True)
        for name in COMPONENTS
        if row[minor(name)]
    }


QUIET = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)


@QUIET
@given(stories(), waterfalls)
def test_replay_agrees_with_the_clerk(story: Story, waterfall: Waterfall) -> None:
    assert found(story.replayed(waterfall)) == clerks_work(story, waterfall)


@settings(QUIET, max_examples=40)
@given(stories(), waterfalls, st.integers(-1, 21))
def test_replay_agrees_with_the_clerk_on_any_day(story: Story, waterfall: Waterfall, days: int) -> None:
    as_of = DAY_ONE + timedelta(days=days)
    assert found(story.replayed(waterfall, as_of)) == clerks_work(story, waterfall, as_of)


@settings(QUIET, max_examples=40)
@given(stories(), waterfalls, st.integers(0, 2**32 - 1))
def test_row_order_never_matters(story: Story, waterfall: Waterfall, seed: int) -> None:
    # The choices of one receipt keep their order: it is part of what the payer said.
    frames = {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in vars(story).items()}
    shuffled = Story(**(frames | {"choices": story.choices}))
    assert_frame_equal(story.replayed(waterfall).paid, shuffled.replayed(waterfall).paid)


@settings(QUIET, max_examples=40)
@given(stories(), waterfalls)
def test_account_alone_gets_the_same_rows_as_among_many(story: Story, waterfall: Waterfall) -> None:
    together = story.replayed(waterfall)
    for account in set(story.parts["account_id"]) | set(story.moves["account_id"]):
        own = pl.col("account_id") == account
        alone = Story(
            story.parts.filter(own), story.moves.filter(own), story.choices, story.renewals.filter(own)
        ).replayed(waterfall)
        assert_frame_equal(alone.paid, together.paid.filter(own))
        assert_frame_equal(alone.parts, together.parts.filter(own))


@settings(QUIET, max_examples=60)
@given(stories(), st.permutations(COMPONENTS))
def test_one_sweep_and_turn_by_turn_agree(story: Story, order: list[str]) -> None:
    parts = story.parts.filter(pl.min_horizontal(COMPONENT_COLUMNS) >= 0)
    parts = parts.unique("instalment_id", keep="first", maintain_order=True)
    parts = parts.with_columns(own_due_date="due_date", from_date=pl.lit(None, dtype=pl.Date))
    waterfall = Waterfall(tuple(order))
    swept = replay(parts, story.moves, as_of=DAY, waterfall=waterfall)
    # An empty renewal of an account without parts sends everything down the general path.
    elsewhere = rows(RENEWALS, (999, DAY_ONE, 1, 9999, 9999, DAY_ONE))
    turned = replay(parts, story.moves, None, elsewhere, as_of=DAY, waterfall=waterfall)
    assert_frame_equal(swept.paid, turned.paid)


@settings(QUIET, max_examples=40)
@given(stories(), waterfalls)
def test_balances_tie_out_with_what_was_charged_and_paid(story: Story, waterfall: Waterfall) -> None:
    replayed = story.replayed(waterfall)
    sources = story.moves.select("receipt_id", "value_date", is_credit_note=pl.col("receipt_id") % 2 == 0)
    made = balances(replayed.parts, replayed.paid, sources.select(SOURCES.column_names))
    charged = story.parts.filter(pl.col("from_date").is_null() | (pl.col("from_date") <= DAY))
    assert made["amount_minor"].sum() == sum(int(charged[name].sum()) for name in COMPONENT_COLUMNS)
    assert made["open_minor"].sum() == made["amount_minor"].sum() - sum(found(replayed).values())


def test_allocate_refuses_an_order_that_depends_on_the_day() -> None:
    with pytest.raises(UnableToUseWaterfall, match="use replay instead"):
        allocate(
            empty(CHARGES), empty(RECEIPTS), empty(DESIGNATIONS), as_of=DAY, waterfall=Waterfall(advance_to="last")
        )


def test_credit_is_used_no_further_than_it_goes() -> None:
    parts = rows(
        PARTS,
        (1, 1, 1, DAY_ONE, DAY_ONE, None, 1, 100, 0, 0, 0),
        (1, 2, 2, DAY_ONE, DAY_ONE, None, 2, -30, 0, 0, 0),
    )
    moves = rows(MOVES, (1, 7, DAY_ONE, 3, 40), (1, 8, DAY_ONE, 4, 1))
    choices = rows(CHOICES, (7, None, 1, 70), (7, 2, None, -30), (8, 2, None, -5), (8, 1, None, 6))
    made = found(replay(parts, moves, choices, as_of=DAY, waterfall=Waterfall()))
    assert made == {
        (7, 2, DAY_ONE, "principal"): -30,
        (7, 1, DAY_ONE, "principal"): 70,
        (8, 1, DAY_ONE, "principal"): 1,
    }


def test_share_that_rounds_up_never_passes_the_money() -> None:
    assert Fraction(5, 3) < divide_rounded(5, 3, "up")
    parts = rows(PARTS, *((1, n, n, DAY_ONE + timedelta(days=9), DAY_ONE, None, n, 9, 0, 0, 0) for n in (1, 2, 3)))
    moves = rows(MOVES, (1, 7, DAY_ONE, 9, 5))
    made = replay(parts, moves, as_of=DAY, waterfall=Waterfall(advance_to="reamortise"), rounding="up")
    assert made.paid["principal_minor"].to_list() == [2, 2, 1]
