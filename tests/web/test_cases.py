"""The pages of cases, proofs and papers: what they take, refuse and never run."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from ahadi.data import frames
from ahadi.data.models.account import Hold, HoldRelease, NextAction
from ahadi.data.models.case import AdjustmentVerdict, Case, CaseStatus
from ahadi.data.models.desk import Note
from ahadi.data.models.document import Document, DocumentCover, DocumentOpening, DocumentScan
from ahadi.data.models.proof import Proof, ProofVerdict
from ahadi.data.models.receipt import Receipt
from ahadi.domain.desk import timeline
from ahadi.domain.filing.ports import DocumentOutcome, Paper, Scan
from ahadi.domain.flows.file_document import file_document
from ahadi.domain.laws.queries import LAWS, first_broken
from ahadi.web.frame.reference import written

from .conftest import SignedIn
from .scenery import House

HOSTILE = "<script>alert(1)</script>'; DROP TABLE \"case\"; -- {{ 7*7 }} \u202e=cmd|' /C calc'!A0"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"


@pytest.fixture
def office(house: House) -> Iterator[House]:
    """The book with an accountant and a legal clerk."""
    house.join("amal", "accountant")
    house.join("mwanaidi", "manager")
    yield house


def _page(house: House, number: str = "P1") -> str:
    return f"/accounts/{written('account', house.account(number))}/"


def _raise(house: House, client: object, **more: str) -> Case:
    fields = {"kind": "dispute", "category": "AMOUNT", "details": "Two boxes were short.", **more}
    answer = client.post(f"{_page(house)}cases/new/", fields)  # type: ignore[attr-defined]
    assert answer.status_code == 302, answer.content.decode()
    return Case.objects.latest("id")


def lawful() -> None:
    # The scenery's own hold is booked without stating its account anew.
    assert {law.name for law in LAWS if first_broken(law)} <= {"accounts-stated"}


def test_a_dispute_is_raised_shown_adjusted_by_two_people_and_closed(office: House, signed_in: SignedIn) -> None:
    amina, sara = signed_in("amina"), signed_in("sara")
    case = _raise(office, amina, grievances=HOSTILE)
    url = f"/cases/{written('case', case.id)}/"
    page = amina.get(url).content.decode()
    assert "Two boxes were short." in page and "<script>alert" not in page and "&lt;script&gt;" in page
    assert written("case", case.id) in amina.get("/cases/").content.decode()
    charge = written("charge", _charge(office))
    asked = {"step": "adjust", "adjustment": "credit", "amount": "500.00", "charge": charge, "reason": "DISPUTE_UPHELD"}
    assert amina.post(url, asked).status_code == 302
    closing = {"step": "close", "outcome": "upheld", "root_cause": "CHARGE", "text": "Credited."}
    refused = sara.post(url, closing)
    assert refused.status_code == 400 and "waits for approval" in refused.content.decode()
    adjustment = written("adjustment", _newest_adjustment())
    assert amina.post(f"/adjustments/{adjustment}/verdict/", {"verdict": "approved"}).status_code == 302
    assert not AdjustmentVerdict.objects.exists()
    sara.post(f"/adjustments/{adjustment}/verdict/", {"verdict": "approved"})
    assert AdjustmentVerdict.objects.get().verdict == "approved"
    assert Receipt.objects.get(source="adjustment").amount_minor == 50_000
    assert sara.post(url, closing).status_code == 302
    assert CaseStatus.objects.latest("id").status == "closed" and HoldRelease.objects.exists()
    assert "=cmd" not in amina.get("/cases/?format=csv&state=all").content.decode()
    lawful()


def test_a_case_of_another_house_is_not_there(office: House, other_house: House, signed_in: SignedIn) -> None:
    case = _raise(office, signed_in("amina"))
    stranger = signed_in(next(iter(other_house.people)))
    assert stranger.get(f"/cases/{written('case', case.id)}/").status_code == 404
    assert written("case", case.id) not in stranger.get("/cases/").content.decode()


def _claim(house: House, client: object, reference: str = "sjk4h7 l2qw") -> object:
    sent = (house.today - timedelta(days=1)).isoformat()
    fields = {"amount": "1,000.00", "value_date": sent, "reference": reference, "channel": "mobile_money"}
    return client.post(f"{_page(house)}proofs/new/", fields)  # type: ignore[attr-defined]


def test_a_proof_pauses_dunning_and_is_posted_once_for_ever(office: House, signed_in: SignedIn) -> None:
    amina, amal = signed_in("amina"), signed_in("amal")
    assert _claim(office, amina).status_code == 302  # type: ignore[attr-defined]
    hold = Hold.objects.get(kind="PAYMENT_CLAIMED")
    assert hold.ends_on is not None and hold.ends_on - hold.from_date == timedelta(days=2)
    again = _claim(office, amina, "SJK4H7L2QW")
    assert again.status_code == 400 and "SJK4H7L2QW was claimed before" in again.content.decode()  # type: ignore[attr-defined]
    proof = Proof.objects.get()
    url = f"/proofs/{written('proof', proof.id)}/verdict/"
    assert "SJK4H7L2QW" in amal.get("/proofs/").content.decode()
    assert amina.post(url, {"step": "post"}).status_code == 403
    amal.post(url, {"step": "post"})
    assert ProofVerdict.objects.get().verdict == "posted" and HoldRelease.objects.get().hold_id == hold.id
    assert Receipt.objects.get(source="proof:mobile_money").source_reference == "SJK4H7L2QW"
    third = _claim(office, amina)
    assert third.status_code == 400 and "SJK4H7L2QW" in third.content.decode()  # type: ignore[attr-defined]
    lawful()


def test_a_refused_proof_gives_the_officer_something_to_do(office: House, signed_in: SignedIn) -> None:
    amina, amal = signed_in("amina"), signed_in("amal")
    _claim(office, amina)
    amal.post(f"/proofs/{written('proof', Proof.objects.get().id)}/verdict/", {"step": "refuse", "reason": "NOT_FOUND"})
    assert ProofVerdict.objects.get().reason == "NOT_FOUND" and HoldRelease.objects.exists()
    assert NextAction.objects.latest("id").action == "tell_refused_proof"
    assert _claim(office, amina).status_code == 302  # type: ignore[attr-defined]
    lawful()


def test_notes_and_case_texts_are_found_by_their_words_and_by_those_who_may_see(
    office: House, other_house: House, signed_in: SignedIn
) -> None:
    amina = signed_in("amina")
    amina.post(f"{_page(office)}papers/note/", {"kind": "CALL", "text": f"Prefers Mombasa evenings {HOSTILE}"})
    assert Note.objects.count() == 1
    page = amina.get(f"{_page(office)}papers/").content.decode()
    assert "Prefers Mombasa" in page and "<script>alert" not in page
    assert "Prefers Mombasa" in amina.get("/papers/?q=mombasa+evenings").content.decode()
    assert "Prefers Mombasa" not in amina.get("/papers/?q=mombasa+-evenings").content.decode()
    assert amina.get("/papers/", {"q": HOSTILE + "\0 \" ' \\ ( & |"}).status_code == 200
    stranger = signed_in(next(iter(other_house.people)))
    assert "Prefers Mombasa" not in stranger.get("/papers/?q=mombasa").content.decode()


def test_a_document_that_no_scanner_read_is_kept_and_not_given_out(office: House, signed_in: SignedIn) -> None:
    amina = signed_in("amina")
    brought = SimpleUploadedFile("../../etc/passwd<script>.html", PDF, content_type="text/html")
    amina.post(f"{_page(office)}papers/document/", {"kind": "STATEMENT", "file": brought})
    document = Document.objects.get()
    assert document.media_type == "application/pdf" and "passwd" not in document.stored_as
    assert DocumentScan.objects.get().verdict == "unread"
    answer = amina.post(f"/documents/{written('document', document.id)}/open/")
    assert answer.status_code == 302 and not DocumentOpening.objects.exists()


def test_a_clean_document_is_an_attachment_and_its_opening_is_on_record(office: House, signed_in: SignedIn) -> None:
    paper = Paper("STATEMENT", "statement.pdf", PDF, Scan("clean", "test"))
    account = office.account("P1")
    made = office.perform("file", lambda act: file_document(act, account_id=account, paper=paper), DocumentOutcome)
    answer = signed_in("amina").post(f"/documents/{written('document', made.document_id)}/open/")
    assert answer.content == PDF and answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment;") and answer["X-Content-Type-Options"] == "nosniff"
    assert DocumentOpening.objects.get().document_id == made.document_id
    assert str(settings.DOCUMENT_FOLDER) not in str(settings.STATIC_ROOT or "")


def test_a_document_that_was_covered_is_neither_opened_nor_found_until_it_is_uncovered(
    office: House, signed_in: SignedIn
) -> None:
    paper = Paper("STATEMENT", "mombasa statement.pdf", PDF, Scan("clean", "test"))
    account = office.account("P1")
    made = office.perform("file", lambda act: file_document(act, account_id=account, paper=paper), DocumentOutcome)
    address = f"/documents/{written('document', made.document_id)}"
    amina, sara = signed_in("amina"), signed_in("sara")
    papers = f"{_page(office)}papers/"

    def opened() -> bool:
        return bool(amina.post(f"{address}/open/").status_code == 200)

    def told() -> list[str | None]:
        return [event.text for event in timeline.events((account,), kind="letters")[0]]

    def found() -> bool:
        return "mombasa statement" in amina.get("/papers/?q=mombasa").content.decode()

    # Open to everybody who sees the account, until it is covered.
    assert opened() and found()
    refused = amina.post(f"{address}/cover/", {"reason": "private"}, follow=True).content.decode()
    assert "somebody else filed this document" in refused and opened()
    assert "choose why" in sara.post(f"{address}/cover/", {"reason": "so"}, follow=True).content.decode()
    sara.post(f"{address}/cover/", {"reason": "wrong_account"})
    assert not opened() and not found()
    page = sara.get(papers).content.decode()
    assert "It belongs to another account" in page and "Uncover" in page
    assert "Uncover" not in amina.get(papers).content.decode()
    assert told() == [None], "its name says what it is about"
    assert "covered already" in sara.post(f"{address}/cover/", {"reason": "private"}, follow=True).content.decode()
    sara.post(f"{address}/uncover/")
    assert told() == ["mombasa statement.pdf"]
    assert opened() and found()
    assert "is not covered" in sara.post(f"{address}/uncover/", follow=True).content.decode()
    trail = list(DocumentCover.objects.order_by("id").values_list("is_covered", "reason", "act__name"))
    assert trail == [(True, "wrong_account", "cover_document"), (False, None, "uncover_document")]
    lawful()


@pytest.mark.parametrize("content", [b"MZ\x90\x00binary\x00", b"PK\x03\x04broken", b"<svg\x00>", b"\xff\xfe\x00"])
def test_what_is_not_taken_is_refused_by_its_content(office: House, signed_in: SignedIn, content: bytes) -> None:
    brought = SimpleUploadedFile("innocent.pdf", content, content_type="application/pdf")
    signed_in("amina").post(f"{_page(office)}papers/document/", {"kind": "STATEMENT", "file": brought})
    assert not Document.objects.exists()


def _charge(house: House) -> int:
    return int(_first("SELECT id FROM charge WHERE account_id = %(a)s ORDER BY id LIMIT 1", {"a": house.account("P1")}))


def _newest_adjustment() -> int:
    return int(_first("SELECT max(id) FROM adjustment", {}))


def _first(query: str, parameters: dict[str, object]) -> int:
    found: int = frames.scalar(query, parameters)
    return found


def test_a_hold_is_placed_with_its_reason_and_released_on_the_page_of_the_account(
    office: House, signed_in: SignedIn
) -> None:
    amina, account = signed_in("amina"), _page(office)
    form = f"{account}holds/new/"
    assert "It is before a court" not in amina.get(account).content.decode()
    refused = amina.post(form, {"kind": "LEGAL", "reason": "It is before a court.", "review_on": "2020-01-01"})
    assert refused.status_code == 400 and "from tomorrow on" in refused.content.decode()
    review = (office.today + timedelta(days=20)).isoformat()
    assert amina.post(form, {"kind": "LEGAL", "reason": HOSTILE, "review_on": review}).status_code == 302
    page = amina.get(account).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;" in page and "Amina" in page and "HOLD.LEGAL" in page
    release = f"{account}holds/{written('hold', Hold.objects.latest('id').id)}/release/"
    signed_in("sara").post(release, {})
    assert "HOLD.LEGAL" not in amina.get(account).content.decode()


def test_adjustments_wait_beside_offers_for_the_staff_alone(office: House, signed_in: SignedIn) -> None:
    office.offer("P1")
    adjustment = written("adjustment", office.thing("adjustment"))
    page = signed_in("sara").get("/approvals/").content.decode()
    assert f"/adjustments/{adjustment}/" in page and "/approvals/" in page and "2 wait" in page
    one = signed_in("sara").get(f"/adjustments/{adjustment}/").content.decode()
    assert 'data-key="y"' in one and "Owed then" in one
    told = signed_in("sara").post(f"/adjustments/{adjustment}/verdict/", {"verdict": "approved"}, follow=True)
    assert "It is decided: Approved." in told.content.decode()
    again = signed_in("sara").post(f"/adjustments/{adjustment}/verdict/", {"verdict": "refused"}, follow=True)
    assert "decided before" in again.content.decode()
    assert AdjustmentVerdict.objects.get().verdict == "approved"


def test_a_creditors_people_see_no_adjustments_that_are_asked_for(office: House, signed_in: SignedIn) -> None:
    adjustment = written("adjustment", office.thing("adjustment"))
    office.join("cleo", "creditor", "pwani")
    cleo = signed_in("cleo")
    assert f"/adjustments/{adjustment}/" not in cleo.get("/approvals/").content.decode()
    assert cleo.get(f"/adjustments/{adjustment}/").status_code in (403, 404)


def test_adjustments_of_another_house_are_not_there(office: House, other_house: House, signed_in: SignedIn) -> None:
    adjustment = written("adjustment", office.thing("adjustment"))
    assert signed_in("mallory").get(f"/adjustments/{adjustment}/").status_code == 404


@pytest.mark.parametrize("kind", ["dispute", "complaint", "hardship"])
def test_a_card_takes_down_what_is_raised_and_says_what_is_missing(
    office: House, signed_in: SignedIn, kind: str
) -> None:
    amina, address = signed_in("amina"), f"{_page(office)}{kind}/"
    assert f'data-card="{kind}"' in amina.get(address).content.decode()
    category = {"hardship": "ILLNESS_SELF"}.get(kind, "AMOUNT")
    fields = {"kind": kind, "category": category, "details": HOSTILE, "severity": "7", "hold_days": "30"}
    script = {"HTTP_HX_REQUEST": "true"}
    missing = amina.post(address, {**fields, "details": " ", "has_consent": "on"}, **script).content.decode()
    assert 'role="alert"' in missing and "in the words of who raised it" in missing
    assert not Case.objects.exists()
    done = amina.post(address, {**fields, "has_consent": "on"}, **script)
    assert done.status_code == 204 and done.headers["HX-Trigger"] == "desk"
    assert Case.objects.get().kind == kind and Hold.objects.exists()


def test_without_script_a_card_leads_back_to_the_desk(office: House, signed_in: SignedIn) -> None:
    fields = {"reference": "SJK4H7L2", "amount": "100", "value_date": office.today.isoformat(), "channel": "bank"}
    answer = signed_in("amina").post(f"{_page(office)}proof/", fields)
    assert answer.status_code == 302 and answer.headers["Location"] == "/desk/"
    assert Proof.objects.get().reference == "SJK4H7L2"
    again = signed_in("amina").post(f"{_page(office)}proof/", fields)
    assert again.status_code == 200 and "claimed before" in again.content.decode()


def test_the_history_tells_cases_proofs_and_documents_by_kind(office: House, signed_in: SignedIn) -> None:
    amina, account = signed_in("amina"), _page(office)
    _raise(office, amina, details="Two boxes were short.")
    office.thing("proof")
    office.thing("document")
    history = account.replace("/accounts/", "/desk/") + "timeline/"
    disputes = amina.get(f"{history}?kind=disputes").content.decode()
    assert "Dispute: taken down" in disputes and "Two boxes were short." in disputes and "SJK4H7" not in disputes
    assert "SJK4H7" in amina.get(f"{history}?kind=receipts").content.decode()
    assert "statement.pdf" in amina.get(f"{history}?kind=letters").content.decode()
