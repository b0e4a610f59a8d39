"""The house is tidy: every rule holds everywhere but where an exception is listed with its reason."""

import pytest

from .rules import (
    RULES,
    Rule,
    edges_ask_the_domain,
    everything_public_is_documented,
    files_are_short,
    functions_are_short,
    imports_stand_at_the_top,
    money_is_claimed_received_or_sent,
    names_say_what_is_inside,
    nobody_else_reads_a_clock,
    nothing_fails_in_silence,
    nothing_is_left_for_later,
    one_wrapper_opens_transactions,
    packages_are_plain,
    private_names_stay_in_their_folder,
    queries_never_write,
    refusals_are_named,
    rooms_have_their_files,
    time_is_passed_by_name,
    truth_values_are_named,
    views_only_translate,
)
from .source import Module, modules

# rule -> where -> the reason why it may break the rule there.
EXCEPTIONS: dict[Rule, dict[str, str]] = {
    files_are_short: {
        "data/migrations/0001_first_book.py": "written by makemigrations, read by nobody",
        "data/migrations/0003_night_and_promises.py": "the same",
        "data/migrations/0004_gate_and_circumstances.py": "the same",
        "data/migrations/0009_desk_and_turns.py": "the same",
        "data/migrations/0012_cases_and_documents.py": "the same",
    },
    everything_public_is_documented: {
        "data/migrations/0001_first_book.py": "written by makemigrations",
        "data/migrations/0001_first_book.py:Migration": "the same",
        "data/migrations/0003_night_and_promises.py": "the same",
        "data/migrations/0003_night_and_promises.py:Migration": "the same",
        "data/migrations/0004_gate_and_circumstances.py": "the same",
        "data/migrations/0004_gate_and_circumstances.py:Migration": "the same",
        "data/migrations/0006_search_by_words.py:Migration": "the same",
        "data/migrations/0008_people_and_teams.py": "the same",
        "data/migrations/0010_negotiation_and_approvals.py": "the same",
        "data/migrations/0010_negotiation_and_approvals.py:Migration": "the same",
        "data/migrations/0008_people_and_teams.py:Migration": "the same",
        "data/migrations/0012_cases_and_documents.py": "the same",
        "data/migrations/0012_cases_and_documents.py:Migration": "the same",
        "data/migrations/0014_references_without_rows.py": "the same",
        "data/migrations/0014_references_without_rows.py:Migration": "the same",
        "data/migrations/0016_plan_of_work_and_cover.py": "the same",
        "data/migrations/0016_plan_of_work_and_cover.py:Migration": "the same",
        "data/migrations/0019_what_is_told_of_debtors.py": "the same",
        "data/migrations/0019_what_is_told_of_debtors.py:Migration": "the same",
        "data/migrations/0020_promises_say_how_and_reminders_wait.py": "the same",
        "data/migrations/0020_promises_say_how_and_reminders_wait.py:Migration": "the same",
        "data/migrations/0021_beside_an_officer.py": "the same",
        "data/migrations/0021_beside_an_officer.py:Migration": "the same",
        "data/migrations/0022_people_are_compared_by_what_they_share.py": "the same",
        "data/migrations/0022_people_are_compared_by_what_they_share.py:Migration": "the same",
        "data/migrations/0024_documents_are_covered.py": "the same",
        "data/migrations/0024_documents_are_covered.py:Migration": "the same",
    },
    imports_stand_at_the_top: {
        "project/cli.py:_installation": "`ahadi help` answers before Django is loaded",
        "project/cli.py:_load_preparation": "its models can be imported only after Django is set up",
        "project/cli.py:_set_up_django": "commands that need no database do without Django",
    },
    rooms_have_their_files: {
        "domain/people/secrets.py": "secrets of second factors, sealed one by one for the library that keeps them",
        "domain/people/access.py": "what may be seen is asked by every room; it must be found at once and be small",
        "domain/work/states.py": "what a state says is derived in one place, which readers and writers both ask",
        "domain/work/overnight.py": "the night's way to the same rows, from totals; a subject of its own",
        "domain/work/lists.py": "how a worklist is stored and read back; a subject of its own",
        "domain/laws/comparing.py": "the laws that recompute; one file with the others would be too long",
        "domain/laws/promises.py": "the laws of promises and plans; the same",
        "domain/laws/nights.py": "the laws of the night, which every close checks at its end; the same",
        "domain/laws/contacts.py": "the laws of contact; the same",
        "domain/laws/references.py": "the law of references, asked of the models; the same",
        "domain/laws/rosters.py": "the law of presence; the same",
        "domain/oversight/moving.py": "what would move where, and what it does to every list; a subject of its own",
        "domain/oversight/firsts.py": "what comes first, one question a kind; a subject of its own",
        "domain/oversight/beside.py": "looking on, writing to a screen, joining",
        "domain/oversight/caps.py": "caps of contact over the floor",
        "domain/oversight/capacity.py": "hours of people against hours of work; a subject of its own",
        "domain/oversight/views.py": "views that people keep of list pages; a subject of its own",
        "domain/laws/bargains.py": "the laws of offers, approvals and settlements; the same",
        "domain/arrangements/settling.py": "what is forgiven follows from receipts, in every act that moves them",
        "domain/arrangements/listing.py": "promises as people list them; a subject of its own",
        "domain/arrangements/reminders.py": "what became of reminders is a question of its own",
        "domain/negotiation/mandates.py": "which mandate holds and what it comes to in money; a subject of its own",
        "domain/negotiation/proposing.py": "putting an offer forward, alone or with the outcome of a call",
        "domain/negotiation/means.py": "what a household can spare and when money comes; a subject of its own",
        "domain/laws/adjustments.py": "the laws of cases and adjustments; the same",
        "domain/cases/hours.py": "the hours of an office and the clocks in them; a subject of its own",
        "domain/cases/opening.py": "opening a case, alone or with the outcome of a call",
        "domain/cases/claiming.py": "claiming a receipt, alone or with the outcome of a call",
        "domain/cases/proofs.py": "the accountant's queue; a subject of its own",
        "domain/filing/contents.py": "what a file is, by its bytes; asks no table",
        "domain/contact/places.py": "where a number or a country's name lies; asks packages, no table",
        "domain/contact/lawbook.py": "which rules hold for an organisation; a subject of its own",
        "domain/contact/gathering.py": "the gate's question in columns, of one account or of all; a subject of its own",
        "domain/contact/days.py": "who can be reached on a day, asked for many accounts by the night and the forecast",
        "domain/contact/caps.py": "the gate asked twice for many accounts",
        "domain/contact/replay.py": "decisions made again; asked by a command, a law and a page",
        "domain/contact/catalogue.py": "the rules as people read them; a subject of its own",
        "domain/contact/codes.py": "an organisation's own codes over those that ship; a subject of its own",
        "domain/parties/believing.py": "how far numbers are believed; one question over all that happened to them",
        "domain/parties/telling.py": "what people tell of a debtor: whether it can be so, and how it is kept",
        "domain/finding/comparing.py": "who is like whom, by what few people share; a subject of its own",
        "domain/finding/duplicates.py": "what was proposed and judged of who may be one person; for the pages",
        "domain/finding/words.py": "how texts become words to be found by; a subject of its own",
        "domain/contact/examples.py": "the worked examples of a rule, asked of the gate as it runs",
        "domain/desk/waiting.py": "the queue: how a stored list becomes the next seven; a subject of its own",
        "domain/desk/timeline.py": "one query family over all that happened; the same",
        "domain/desk/traces.py": "one question over all that is written down about a debtor; the same",
        "domain/desk/shift.py": "the figures of a shift; the same",
        "domain/reporting/portfolio.py": "one report with its definitions; each report is a subject of its own",
        "domain/reporting/promises.py": "the same",
        "domain/reporting/receipts.py": "the same",
        "domain/reporting/reasons.py": "the same",
        "domain/reporting/why.py": "the same",
        "domain/reporting/forecast.py": "the same",
        "domain/reporting/contacts.py": "the same",
        "domain/reporting/histories.py": "the same",
    },
    one_wrapper_opens_transactions: {
        "domain/audit/operations.py": "this is the wrapper",
        "domain/people/operations.py": "an act belongs to an organisation, and this one opens the organisation",
        "data/roles.py": "grants are the owner's, given at set-up and no act of the book",
    },
    nobody_else_reads_a_clock: {
        "project/safety.py": "compares the machine's clock with the database's, and warns",
        "web/frame/attendance.py": "the framework judges the end of a session by this clock, and so does the lock",
    },
    truth_values_are_named: {
        "data/frames.py:execute": "the signature is Django's, of an execute wrapper",
        "project/cli.py:_load_preparation": "a callable with a name that says what its one argument is",
    },
}

# rule -> a module that breaks it.
BROKEN: dict[Rule, tuple[str, str]] = {
    functions_are_short: ("kernel/long.py", '"""A."""\n\n\ndef long() -> None:\n    """A."""\n' + "    pass\n" * 69),
    files_are_short: ("kernel/long.py", '"""A."""\n' + "A = 1\n" * 500),
    packages_are_plain: ("kernel/__init__.py", '"""A."""\nfrom ahadi.kernel import money\n'),
    everything_public_is_documented: ("kernel/mute.py", '"""A."""\n\n\ndef mute() -> None:\n    pass\n'),
    names_say_what_is_inside: ("web/utils.py", '"""A."""\n'),
    private_names_stay_in_their_folder: (
        "web/pages/ageing/views.py",
        '"""A."""\nfrom ahadi.domain.work import queries\n\nprint(queries._steps)\n',
    ),
    imports_stand_at_the_top: ("kernel/late.py", '"""A."""\n\n\ndef late() -> None:\n    """A."""\n    import os\n'),
    money_is_claimed_received_or_sent: ("kernel/word.py", '"""A."""\npayment_minor = 1\n'),
    nothing_is_left_for_later: ("kernel/later.py", '"""A."""\n# TO' + "DO: later\n"),
    rooms_have_their_files: ("domain/receipts/matching.py", '"""A."""\n'),
    queries_never_write: ("domain/receipts/queries.py", '"""A."""\nframes.append("receipt", rows)\n'),
    one_wrapper_opens_transactions: (
        "domain/receipts/steps.py",
        '"""A."""\nwith transaction.atomic():\n    book()\n',
    ),
    nobody_else_reads_a_clock: ("domain/work/steps.py", '"""A."""\ntoday = date.today()\n'),
    edges_ask_the_domain: ("web/pages/ageing/views.py", '"""A."""\nQUERY = "SELECT id FROM account"\n'),
    truth_values_are_named: ("kernel/truth.py", '"""A."""\n\n\ndef show(wide: bool) -> None:\n    """A."""\n'),
    time_is_passed_by_name: ("kernel/a.py", '"""A."""\n\n\ndef a(frame: Frame, as_of: date) -> None:\n    """A."""\n'),
    views_only_translate: (
        "web/pages/ageing/views.py",
        '"""A."""\n\n\ndef ageing() -> None:\n    """A."""\n' + "    pass\n" * 29,
    ),
    nothing_fails_in_silence: ("jobs/a.py", '"""A."""\ntry:\n    a()\nexcept ValueError:\n    pass\n'),
    refusals_are_named: (
        "domain/work/steps.py",
        '"""A."""\n\n\nclass WorkError(Exception):\n    """A."""\n\n    is_refusal = True\n',
    ),
}

RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)


@RULE
def test_house_keeps_the_rule(rule: Rule) -> None:
    excepted = EXCEPTIONS.get(rule, {})
    found = [finding for module in modules() for finding in rule(module) if finding.where not in excepted]
    assert not found, "\n".join(f"{finding.where}: {finding.text}" for finding in found)


@RULE
def test_rule_finds_what_breaks_it(rule: Rule) -> None:
    path, text = BROKEN[rule]
    assert list(rule(Module(path, text))), f"{rule.__name__} finds nothing wrong in {path}"


@RULE
def test_exceptions_are_still_needed(rule: Rule) -> None:
    found = {finding.where for module in modules() for finding in rule(module)}
    stale = sorted(set(EXCEPTIONS.get(rule, {})) - found)
    assert not stale, f"no longer needed: {', '.join(stale)}"


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (private_names_stay_in_their_folder, "web/a.py", '"""A."""\nfrom ahadi.data.facts import _live\n'),
        (money_is_claimed_received_or_sent, "kernel/payments.py", '"""A."""\n'),
        (money_is_claimed_received_or_sent, "kernel/a.py", '"""A."""\n\n\nclass Payment:\n    """A."""\n'),
        (rooms_have_their_files, "domain/flows/post_receipt.py", '"""A."""\n'),
        (rooms_have_their_files, "domain/loose.py", '"""A."""\n'),
        (queries_never_write, "domain/work/queries.py", '"""A."""\nClose(day=day).save(force_insert=True)\n'),
        (edges_ask_the_domain, "jobs/a.py", '"""A."""\nwith connection.cursor() as cursor:\n    pass\n'),
        (packages_are_plain, "kernel/__init__.py", ""),
        (time_is_passed_by_name, "kernel/a.py", "def a(*, as_of: date = TODAY) -> None: ...\n"),
        (nothing_fails_in_silence, "jobs/a.py", "try:\n    a()\nexcept:\n    b()\n"),
        (truth_values_are_named, "kernel/a.py", '"""A."""\n\n\ndef a(*, wide: bool) -> None:\n    """A."""\n'),
        (everything_public_is_documented, "kernel/a.py", "A = 1\n"),
    ],
)
def test_rule_finds_its_other_forms(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Module(path, text)))


def test_private_names_may_be_used_in_their_own_folder() -> None:
    text = '"""A."""\nfrom ahadi.data import facts\n\nprint(facts._live)\n'
    assert not list(private_names_stay_in_their_folder(Module("data/frames.py", text)))
