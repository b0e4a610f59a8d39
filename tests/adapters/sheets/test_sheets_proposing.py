"""What is proposed for unknown sheets, with which certainty, and what is asked of a person."""

from pathlib import Path

import pytest

from ahadi.adapters.sheets.limits import Limits
from ahadi.adapters.sheets.mapping import Source
from ahadi.adapters.sheets.naming import name_fit, words_of
from ahadi.adapters.sheets.parsing import parse
from ahadi.adapters.sheets.proposing import Proposal, propose
from ahadi.adapters.sheets.vocabulary import PLACEMENT, PURPOSES, RECEIPTS, Purpose, target, targets


def proposed(folder: Path, content: str, purpose: Purpose = "placement") -> Proposal:
    path = folder / "file.csv"
    path.write_text(content, "utf-8")
    return propose(parse(path, Limits()), purpose=purpose)


def columns_of(proposal: Proposal) -> dict[str, str]:
    return {pick.target: pick.column for pick in proposal.picks if pick.certainty != "doubtful"}


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Customer No,Customer Name,Invoice No,Due Date,Amount", "C1,Asha,I1,25/01/2024,5.50"),
        ("namba ya mteja,jina la mteja,namba ya ankara,tarehe ya mwisho,kiasi", "C1,Asha,I1,25/01/2024,5.50"),
        ("N° client,Nom du client,Numéro de facture,Date d'échéance,Montant", "C1,Asha,I1,25/01/2024,5.50"),
        ("رقم العميل,اسم العميل,رقم الفاتورة,تاريخ الاستحقاق,المبلغ", "C1,Asha,I1,25/01/2024,5.50"),
    ],
)
def test_columns_are_known_in_four_languages(tmp_path: Path, header: str, row: str) -> None:
    proposal = proposed(tmp_path, f"{header}\n{row}\n")
    names = header.split(",")
    assert columns_of(proposal) == dict(
        zip(("debtor_number", "debtor_name", "reference", "due_on", "amount"), names, strict=True)
    )
    assert {pick.certainty for pick in proposal.picks} == {"certain"}
    assert proposal.questions == ()


def test_name_that_is_nearly_right_is_likely(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, "custmer number,duee date,invoice amount\nC1,25/01/2024,5.50\n")
    assert {pick.target: pick.certainty for pick in proposal.picks} == {
        "debtor_number": "likely", "due_on": "likely", "amount": "certain",
    }  # fmt: skip


def test_name_alone_does_not_make_a_date_of_words(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, "customer id,due date,amount\nC1,soon,5\nC2,later,6\n")
    assert proposal.pick("due_on") is None
    assert "due_on" in proposal.questions[0].targets


def test_order_that_no_value_decides_is_asked(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, "customer id,due date,amount\nC1,01/02/2024,5\nC2,03/04/2024,6\n")
    (question,) = proposal.questions
    assert question.choices == ("dmy", "mdy")
    assert question.targets == ("due_on",)
    assert "due_on" not in proposal.mapping().columns
    assert proposal.mapping(accept="all").columns["due_on"].dates == "dmy"


def test_undecided_order_follows_a_decided_column_of_the_sheet(tmp_path: Path) -> None:
    proposal = proposed(
        tmp_path, "customer id,invoice date,due date,amount\nC1,01/31/2024,02/03/2024,5\nC2,01/05/2024,02/04/2024,6\n"
    )
    pick = proposal.pick("due_on")
    assert pick is not None
    assert (pick.certainty, pick.source.dates) == ("likely", "mdy")
    assert "invoice date has the order mdy" in pick.reasons[-1]


def test_decimal_comma_is_found(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, "client;échéance;montant\nC1;25/01/2024;1.234,50\nC2;26/01/2024;7,00\n")
    assert proposal.mapping().columns["amount"] == Source("montant", decimal=",", thousands=".")


def test_thousands_mark_that_no_value_proves_lowers_the_certainty(tmp_path: Path) -> None:
    pick = proposed(tmp_path, 'customer id,due date,amount\nC1,25/01/2024,"1,234"\n').pick("amount")
    assert pick is not None
    assert pick.certainty == "likely"


def test_forecast_is_not_taken_for_a_settlement_and_a_booking_is(tmp_path: Path) -> None:
    """The control: the same days without their varying fractions of seconds are certain."""
    rows = [(f"C{i}", f"2024-01-{i:02d}", f"{i:02d}:0{i % 6}:32.{i}25000000") for i in range(10, 20)]
    head = "customer id,due date,amount,clear_date\n"
    forecast = proposed(tmp_path, head + "".join(f"{c},{d},5,{d} {t}\n" for c, d, t in rows))
    booking = proposed(tmp_path, head + "".join(f"{c},{d},5,{d} 00:00:00\n" for c, d, _ in rows))
    assert [pick.target for pick in forecast.left_out] == ["settled_on"]
    assert "clear_date" in forecast.mapping().ignored
    assert forecast.questions == ()
    assert columns_of(booking)["settled_on"] == "clear_date"


def test_fees_that_were_paid_are_no_fees_owed(tmp_path: Path) -> None:
    proposal = proposed(
        tmp_path, "customer id,due date,amount,paid_late_fees,late fee rate\nC1,25/01/2024,5.50,1.50,2.5\n"
    )
    assert proposal.pick("penalty") is None


def test_plain_date_is_the_opening_beside_instalments_and_the_invoice_elsewhere(tmp_path: Path) -> None:
    loan = proposed(tmp_path, "account_id,date,amount,duration,payments\n1,2024-01-05,1200,12,100.0\n")
    assert columns_of(loan)["opened_on"] == "date"
    invoice = proposed(tmp_path, "account_id,date,amount\n1,2024-01-05,1200\n")
    assert columns_of(invoice)["invoiced_on"] == "date"


def test_missing_amount_is_asked_with_the_columns_that_could_hold_it(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, "customer id,due date,xyz,town\nC1,25/01/2024,5.50,Moshi\n")
    (question,) = proposal.questions
    assert question.choices == ("xyz",)
    assert "amount" in question.targets


def test_instalments_stand_in_for_an_amount(tmp_path: Path) -> None:
    proposal = proposed(
        tmp_path, "account no,first due date,number of instalments,instalment\nA1,25/01/2024,12,100.00\n"
    )
    assert proposal.questions == ()


def test_accepting_only_the_certain_leaves_the_likely_out(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, "custmer number,due date,amount\nC1,25/01/2024,5.50\n")
    assert set(proposal.mapping(accept="certain").columns) == {"due_on", "amount"}
    assert proposal.mapping(accept="certain").ignored == ("custmer number",)


def test_receipts_of_a_mobile_operator_are_understood(tmp_path: Path) -> None:
    proposal = proposed(
        tmp_path,
        "Receipt No.,Completion Time,Details,Paid In,Withdrawn,Other Party Info,A/C No.\n"
        "TB2,2026-10-02 12:30:00,Pay Bill,3000.00,,2547 - ASHA,HSE12\nTB3,2026-10-03 12:30:00,Pay "
        "Bill,10.00,,2547 - ALI,HSE13\n",
        "receipts",
    )
    assert columns_of(proposal) == {
        "receipt_reference": "Receipt No.", "value_date": "Completion Time", "memo": "Details", "amount": "Paid In",
        "payer_name": "Other Party Info", "account_number": "A/C No.",
    }  # fmt: skip


def test_sheet_without_rows_is_proposed_by_its_names(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, "customer id,due date,amount\n")
    assert set(proposal.mapping(accept="all").columns) >= {"debtor_number", "amount"}


def test_names_are_parted_at_capitals_signs_and_accents() -> None:
    assert words_of("InvoiceDate") == words_of("invoice_date") == words_of("INVOICE DATE") == ("invoice", "date")
    assert words_of("customerID") == ("customer", "id")
    assert words_of("Date d'Échéance") == ("date", "d", "echeance")
    assert words_of("تاريخ الإستحقاق") == words_of("تاريخ الاستحقاق")


def test_days_late_is_no_date_and_paperless_date_is_no_due_date() -> None:
    assert name_fit(target("placement", "due_on"), "PaperlessDate").score == 0
    assert name_fit(target("placement", "settled_on"), "DaysToSettle").score == 0


def test_every_target_is_named_once_and_no_words_belong_to_two_of_a_purpose() -> None:
    for purpose in PURPOSES:
        names = [item.name for item in targets(purpose)]
        assert len(names) == len(set(names))
        phrases = [words_of(word) for item in targets(purpose) for word in item.words]
        assert sorted({phrase for phrase in phrases if phrases.count(phrase) > 1}) == []
    assert {"account_number", "amount"} <= {item.name for item in PLACEMENT} & {item.name for item in RECEIPTS}


@pytest.mark.parametrize("header", ["Customer No,Customer,Amount,Due", "Customer,Customer No,Amount,Due"])
def test_plain_customer_beside_a_customer_number_is_the_name(tmp_path: Path, header: str) -> None:
    cells = {"Customer No": "0012", "Customer": "Neema Stores", "Amount": "5.50", "Due": "2024-01-25"}
    row = ",".join(cells[name] for name in header.split(","))
    known = columns_of(proposed(tmp_path, f"{header}\n{row}\n"))
    assert (known["debtor_number"], known["debtor_name"]) == ("Customer No", "Customer")


def test_one_bad_cell_of_a_short_sheet_does_not_cost_the_column(tmp_path: Path) -> None:
    rows = "C1,31/01/2024,5.50\nC2,25/01/2024,not known yet\nC3,soon,7.50\n"
    known = columns_of(proposed(tmp_path, f"customer id,due date,amount\n{rows}"))
    assert (known["amount"], known["due_on"]) == ("amount", "due date")
