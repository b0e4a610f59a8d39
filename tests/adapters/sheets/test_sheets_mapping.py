"""A mapping is remembered as text, refused with the place of the fault, and checked against new sheets."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ahadi.adapters.sheets.limits import Limits
from ahadi.adapters.sheets.mapping import Mapping, Source, UnableToReadMapping
from ahadi.adapters.sheets.parsing import parse
from ahadi.adapters.sheets.vocabulary import PLACEMENT

TEXT = """\
purpose: placement
columns:
  debtor_number: customerID
  invoiced_on: {column: InvoiceDate, dates: mdy}
  amount: {column: InvoiceAmount, decimal: ".", thousands: ","}
  disputed: {column: Disputed, true: ["Yes"]}
  currency: {column: business_code, values: {CA02: CAD}, otherwise: USD}
  country: {value: TZ}
default_term_days: 30
ignored: [clear_date]
"""


def test_written_mapping_is_read_key_by_key() -> None:
    mapping = Mapping.from_text(TEXT, "client.yaml")
    assert mapping.purpose == "placement"
    assert mapping.columns["debtor_number"] == Source(column="customerID")
    assert mapping.columns["invoiced_on"].dates == "mdy"
    assert mapping.columns["disputed"].true == ("Yes",)
    assert mapping.columns["currency"].values == (("CA02", "CAD"),)
    assert mapping.columns["country"] == Source(value="TZ")
    assert (mapping.default_term_days, mapping.ignored) == (30, ("clear_date",))


def test_json_is_read_as_well() -> None:
    text = '{"purpose": "receipts", "columns": {"amount": "Paid In", "value_date": {"column": "D", "dates": "dmy"}}}'
    assert Mapping.from_text(text, "a.json").columns["value_date"].dates == "dmy"


def test_words_that_yaml_would_change_stay_as_written() -> None:
    text = "purpose: placement\ncolumns:\n  disputed: {column: No, true: [yes, on, 007]}\n  amount: 2024-01-01\n"
    mapping = Mapping.from_text(text, "a.yaml")
    assert mapping.columns["disputed"] == Source(column="No", true=("yes", "on", "007"))
    assert mapping.columns["amount"].column == "2024-01-01"


words = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=12)
sources = st.builds(
    Source,
    column=words,
    dates=st.sampled_from([None, "dmy", "mdy", "ymd", "serial"]),
    decimal=st.sampled_from([None, "."]),
    thousands=st.sampled_from([None, ",", " ", "'", ""]),
    true=st.lists(words, max_size=3).map(tuple),
    values=st.dictionaries(words, words, max_size=3).map(lambda pairs: tuple(pairs.items())),
    otherwise=st.none() | words,
)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([target.name for target in PLACEMENT]),
        sources | words.map(lambda word: Source(value=word)),
        max_size=5,
    ),
    st.none() | st.integers(0, 3650),
    st.lists(words, max_size=3).map(tuple),
)
def test_text_of_a_mapping_reads_back_equal(
    columns: dict[str, Source], term: int | None, ignored: tuple[str, ...]
) -> None:
    mapping = Mapping("placement", columns, term, ignored)
    assert Mapping.from_text(mapping.to_text(), "a.yaml") == mapping


@pytest.mark.parametrize(
    ("text", "line", "key", "part"),
    [
        ("", 1, "the file", "empty"),
        ("purpose: [", 1, "the file", "no YAML"),
        ("- a\n- b\n", 1, "the file", "names with values"),
        ("columns: {}\n", 1, "purpose", "missing"),
        ("purpose: placement\n", 1, "columns", "missing"),
        ("purpose: sales\ncolumns: {}\n", 1, "purpose", "'sales' is not known"),
        ("purpose: placement\ncolumns:\n  amount: A\n  colour: B\n", 4, "colour", "no target"),
        ("purpose: placement\ncolumns:\n  due_on: {column: D, dates: ddmm}\n", 3, "due_on.dates", "dmy"),
        ("purpose: placement\ncolumns:\n  amount: {column: A, decimal: x}\n", 3, "amount.decimal", "write"),
        (
            "purpose: placement\ncolumns:\n  amount: {column: A, decimal: '.', thousands: '.'}\n",
            3,
            "amount.thousands",
            "differ",
        ),
        ("purpose: placement\ncolumns:\n  amount: {column: A, value: B}\n", 3, "amount", "either"),
        ("purpose: placement\ncolumns:\n  amount: {dates: dmy}\n", 3, "amount", "either"),
        ("purpose: placement\ncolumns:\n  amount: {column: A, colum: B}\n", 3, "colum", "not known"),
        ("purpose: placement\ncolumns:\n  amount: A\n  amount: B\n", 4, "amount", "twice"),
        ("purpose: placement\ncolumns: {}\ndefault_term_days: soon\n", 3, "default_term_days", "no number"),
        ("purpose: placement\ncolumns: {}\ndefault_term_days: ٣٠\n", 3, "default_term_days", "no number"),
        ("purpose: placement\ncolumns: {}\nignored: {a: b}\n", 3, "ignored", "list"),
        (
            "purpose: placement\ncolumns: {amount: !!python/object/apply:os.system [x]}\n",
            2,
            "amount",
            "names with values",
        ),
    ],
)
def test_fault_in_a_mapping_is_named_by_file_line_and_key(text: str, line: int, key: str, part: str) -> None:
    with pytest.raises(UnableToReadMapping) as refusal:
        Mapping.from_text(text, "client.yaml")
    assert (refusal.value.line, refusal.value.key) == (line, key)
    assert part in str(refusal.value)
    assert "client.yaml" in str(refusal.value)


def test_remembered_mapping_names_what_a_new_sheet_lacks_and_brings(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("customerID,InvoiceAmount,Disputed,clear_date,Surprise\nC1,5,No,x,y\n")
    sheet = parse(path, Limits())
    mapping = Mapping.from_text(TEXT, "client.yaml")
    assert mapping.missing(sheet) == ("InvoiceDate", "business_code")
    assert mapping.unknown(sheet) == ("Surprise",)
