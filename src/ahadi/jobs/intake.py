"""From a file to rows: read, understood, confirmed, typed; what could not be taken goes back as a file."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from ahadi.adapters.sheets.limits import Limits
from ahadi.adapters.sheets.mapping import Mapping
from ahadi.adapters.sheets.proposing import Proposal, propose
from ahadi.adapters.sheets.reading import read
from ahadi.adapters.sheets.rejects import write_rejects
from ahadi.adapters.sheets.row_errors import RowError
from ahadi.adapters.sheets.sheet import Sheet
from ahadi.adapters.sheets.typing_rows import TypedRows, type_rows
from ahadi.adapters.sheets.vocabulary import Purpose
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Act, Performance
from ahadi.domain.people.queries import House
from ahadi.domain.placements import queries
from ahadi.domain.placements.ports import BatchOutcome, BatchRequest, SheetOfRows
from ahadi.jobs import houses
from ahadi.jobs.reading import read_all


class UnableToUnderstandSheet(Exception):
    """The columns of the sheet are not clear enough to be taken without a word; a mapping file decides."""

    is_refusal = True


@dataclass(frozen=True)
class Intake:
    """A file that was read and typed, ready to be placed."""

    sheet: Sheet
    mapping: Mapping
    typed: TypedRows

    def rows(self) -> SheetOfRows:
        """What the domain takes."""
        rejected = len({error.line for error in self.typed.errors})
        return SheetOfRows(
            file_name=self.sheet.file_name,
            sha256=bytes.fromhex(self.sheet.sha256),
            mapping_text=self.mapping.to_text(),
            rows=self.typed.rows,
            rejected=rejected,
            repeated=len(self.typed.duplicates),
            default_term_days=self.mapping.default_term_days or 30,
        )


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments that every command which takes a sheet has."""
    parser.add_argument("file", type=Path, metavar="FILE", help="an .xlsx, .xls, .csv or other delimited file")
    parser.add_argument("--creditor", required=True, metavar="NAME", help="whose file it is; opened when new")
    houses.add_argument(parser)
    parser.add_argument("--currency", metavar="C", help="ISO currency of rows that name none")
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="how the columns are to be understood (YAML)")
    parser.add_argument("--sheet", metavar="NAME", help="the worksheet, where a workbook has several")
    parser.add_argument("--as-of", type=day, metavar="D", help="the business date, YYYY-MM-DD; today by default")
    parser.add_argument("--dry-run", action="store_true", help="do everything, say what would be, keep nothing")
    parser.add_argument("--rejects", type=Path, metavar="FILE", help="where rejected rows are written (.csv, .xlsx)")
    parser.add_argument("--yes", action="store_true", help="take the proposed mapping without asking")


def day(text: str) -> date:
    """A date argument."""
    return date.fromisoformat(text)


def request(arguments: argparse.Namespace, house: House, product: str | None) -> BatchRequest:
    """What is asked for the whole file."""
    return BatchRequest(
        creditor=arguments.creditor,
        business_date=arguments.as_of or house.today,
        product=product,
        currency=arguments.currency.upper() if arguments.currency else None,
        country=house.country,
    )


def take(arguments: argparse.Namespace, purpose: Purpose, remembered: str | None) -> Intake:
    """Reads the file, agrees on the mapping, and types the rows."""
    sheet = read(arguments.file, limits=Limits.for_operator(), sheet=arguments.sheet)
    print(f"{sheet.file_name}: {sheet.rows.height} rows, {len(sheet.header)} columns")
    for note in sheet.notes:
        print(f"  {note}")
    mapping = _mapping(arguments, sheet, purpose, remembered)
    return Intake(sheet, mapping, type_rows(sheet, mapping, currency=arguments.currency))


def _mapping(arguments: argparse.Namespace, sheet: Sheet, purpose: Purpose, remembered: str | None) -> Mapping:
    if arguments.mapping is not None:
        return Mapping.from_text(arguments.mapping.read_text("utf-8"), str(arguments.mapping))
    if remembered is not None:
        known = Mapping.from_text(remembered, "the remembered mapping")
        if not known.missing(sheet):
            print("Columns understood as last time for this creditor.")
            for column in known.unknown(sheet):
                print(f"  new and not used: {column}")
            return known
    return _proposed(arguments, sheet, purpose)


def _proposed(arguments: argparse.Namespace, sheet: Sheet, purpose: Purpose) -> Mapping:
    proposal = propose(sheet, purpose=purpose)
    print(_shown(proposal))
    if proposal.questions:
        questions = "\n".join(f"  - {question.text}" for question in proposal.questions)
        raise UnableToUnderstandSheet(
            f"{sheet.file_name} needs a word from you:\n{questions}\n"
            "Write your answer into a mapping file and give it with --mapping FILE; this is the proposal so far:\n\n"
            + proposal.mapping().to_text()
        )
    if not arguments.yes and sys.stdin.isatty() and input("Take it so? [y/N] ").strip().lower() not in ("y", "yes"):
        raise UnableToUnderstandSheet(
            "nothing was taken. Change the proposal below and give it with --mapping FILE:\n\n"
            + proposal.mapping().to_text()
        )
    return proposal.mapping()


def _shown(proposal: Proposal) -> str:
    width = max((len(pick.target) for pick in proposal.picks), default=0)
    lines = ["Columns are understood so:"]
    for pick in proposal.picks:
        left_out = "  NOT USED: " if pick.certainty == "doubtful" else "  "
        lines.append(
            f"{left_out}{pick.target.ljust(width)}  {pick.column}  ({pick.certainty}: {'; '.join(pick.reasons)})"
        )
    if proposal.unmapped:
        lines.append(f"  not used: {', '.join(proposal.unmapped)}")
    return "\n".join(lines)


def give_back(arguments: argparse.Namespace, intake: Intake, outcome: BatchOutcome) -> Path | None:
    """Writes the rejected rows beside a reason, in a form that can be mended and placed again."""
    refused = [RowError(int(str(e["line"])), "", str(e["column"]), str(e["message"]), None) for e in outcome.errors]
    errors = [*intake.typed.errors, *refused]
    if not errors:
        return None
    path: Path = arguments.rejects or Path(f"{arguments.file.stem}-rejected.csv")
    write_rejects(path, intake.sheet, errors)
    return path


def told(outcome: BatchOutcome) -> list[str]:
    """The counts of an outcome, as lines for a person."""
    if outcome.already_batch_id is not None:
        return [f"This very file is batch {outcome.already_batch_id} already; nothing was added."]
    return [
        f"Batch {outcome.batch_id}: {outcome.staged} rows read, {outcome.accepted} accepted, "
        f"{outcome.duplicate} there already, {outcome.rejected} rejected."
    ]


class Flow(Protocol):
    """An act that takes the rows of a file."""

    def __call__(self, act: Act, *, sheet: SheetOfRows, request: BatchRequest) -> BatchOutcome:
        """Takes them and says what became of each."""


@dataclass(frozen=True)
class Taking:
    """One way of taking a file: for which purpose, under which name in the trail, by which act, told how."""

    purpose: Purpose
    name: str
    flow: Flow
    figures: Callable[[BatchOutcome], list[str]]
    again: str
    product: str | None = None


def carry_out(arguments: argparse.Namespace, taking: Taking) -> int:
    """Reads, agrees, takes and tells; exit code 1 when no row of the file could be taken."""
    house = houses.chosen(arguments.organisation, currency=arguments.currency)
    creditor_id = queries.creditor(house.id, arguments.creditor)
    remembered = queries.newest_mapping(creditor_id, taking.purpose) if creditor_id else None
    taken = take(arguments, taking.purpose, remembered)
    asked = request(arguments, house, taking.product)
    sheet = taken.rows()
    outcome = perform(
        taking.name,
        lambda act: taking.flow(act, sheet=sheet, request=asked),
        BatchOutcome,
        Performance(OPERATOR, house.id, sheet.sha256 + repr(asked).encode(), is_dry_run=arguments.dry_run),
    )
    for line in [*told(outcome), *taking.figures(outcome)]:
        print(line)
    read_all(house.id)
    rejects = give_back(arguments, taken, outcome)
    if rejects is not None:
        print(f"Rejected rows, each with its reason: {rejects}. Mend them there and {taking.again}.")
    if arguments.dry_run:
        print("A dry run: nothing was kept.")
    return 1 if outcome.staged and outcome.rejected == outcome.staged else 0
