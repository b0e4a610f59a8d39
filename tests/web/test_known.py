"""What is learnt about people: taken down, ended by those who may, and kept with care."""

import pytest

from ahadi.data.models.account import HoldRelease
from ahadi.data.models.act import Act
from ahadi.data.models.circumstance import CareRecord, Circumstance, CircumstanceEnd, QuietWeek
from ahadi.data.models.party import ContactPoint
from ahadi.web.frame.reference import written

from .conftest import SignedIn
from .scenery import House, debt


@pytest.fixture
def known(house: House) -> str:
    """The address of what is known about the people of an account."""
    house.place("pwani", [debt("K1", 60, 4_500_000, phone="+254712345678", debtor_name="Neema Mrisho")])
    return f"/accounts/{written('account', house.account('K1'))}/known/"


def test_an_opt_out_of_one_channel_and_number_is_taken_down(house: House, known: str, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    form = client.get(f"{known}?kind=OPT_OUT").content.decode()
    number = ContactPoint.objects.get(normal="+254712345678").id
    assert written("point", number) in form and "+254712 ••• 678" in form
    fields = {"kind": "OPT_OUT", "source": "message", "channel": "sms", "point": written("point", number)}
    page = client.post(known, fields, follow=True).content.decode()
    made = Circumstance.objects.get()
    assert (made.kind, made.channel, made.contact_point_id, made.source) == ("OPT_OUT", "sms", number, "message")
    assert "opted out" in page and "told by a message" in page


@pytest.mark.parametrize("kind", ["CEASE", "REPRESENTED", "DECEASED", "BREATHING_SPACE", "CONSENT", "WORK_BARRED"])
def test_every_kind_has_its_form_and_is_kept(house: House, known: str, signed_in: SignedIn, kind: str) -> None:
    client = signed_in("amina")
    assert f'value="{kind}"' in client.get(f"{known}?kind={kind}").content.decode()
    end = {"until_at": "2035-01-01T00:00"} if kind == "BREATHING_SPACE" else {}
    client.post(known, {"kind": kind, "source": "debtor", **end})
    made = Circumstance.objects.get()
    assert made.kind == kind and (made.until_at is not None) == bool(end)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "TIME_ZONE", "value": "Nairobi"}, "is no time zone"),
        ({"kind": "CEASE", "from_at": "2026-03-01T10:00", "until_at": "2026-02-01T10:00"}, "ends before it begins"),
        ({"kind": "CEASE", "source": "rumour"}, "Choose who told."),
        ({"kind": "OPT_OUT", "until_at": "tomorrow"}, "Choose a day and a time."),
        ({"kind": "OPT_OUT", "point": "ABCD-EFGH1"}, "Choose a number or address of that person."),
        ({"kind": "LANGUAGE", "value": ""}, "a language needs its code"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(
    house: House, known: str, signed_in: SignedIn, fields: dict[str, str], said: str
) -> None:
    answer = signed_in("amina").post(known, {"source": "debtor", **fields})
    page = answer.content.decode()
    assert answer.status_code == 400 and said in page
    assert all(f'value="{text}"' in page for name, text in fields.items() if name in ("value", "until_at") and text)
    assert not Circumstance.objects.exists()


def test_a_week_is_taken_down_and_shown_again(house: House, known: str, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    fields = {"source": "debtor", "d5s0from": "11:30", "d5s0until": "14:00", "d7s0from": "20:00", "d7s0until": "00:00"}
    page = client.post(f"{known}week/", fields, follow=True).content.decode()
    assert QuietWeek.objects.get().times == [[5, 690, 840], [7, 1200, 1440]]
    assert "Fri 11:30–14:00; Sun 20:00–24:00" in page
    assert 'name="d5s0from" value="11:30"' in client.get(f"{known}week/").content.decode()


def test_a_span_that_ends_before_it_begins_is_refused_in_its_place(
    house: House, known: str, signed_in: SignedIn
) -> None:
    fields = {"source": "debtor", "d2s1from": "15:00", "d2s1until": "14:00"}
    answer = signed_in("amina").post(f"{known}week/", fields)
    page = answer.content.decode()
    assert answer.status_code == 400 and "Give a time to begin and a later one to end." in page
    assert 'name="d2s1from" value="15:00"' in page and not QuietWeek.objects.exists()


def test_what_lets_people_be_reached_again_is_asked_first_and_ended_by_a_supervisor(
    house: House, known: str, signed_in: SignedIn
) -> None:
    number = house.learn("K1", "CEASE")
    end = f"{known}{written('circumstance', number)}/end/"
    officer = signed_in("amina")
    assert "does not keep us from reaching people any more" in officer.get(end).content.decode()
    refused = officer.post(end)
    assert refused.status_code == 400 and "ended by a supervisor" in refused.content.decode()
    assert not CircumstanceEnd.objects.exists()
    assert "Ended." in signed_in("sara").post(end, follow=True).content.decode()
    assert CircumstanceEnd.objects.get().circumstance_id == number
    assert officer.get(end).status_code == 404


def test_a_hold_is_released_by_a_supervisor_once(house: House, known: str, signed_in: SignedIn) -> None:
    hold = house.hold("K1", "COMPLAINT")
    release = f"{known.removesuffix('known/')}holds/{written('hold', hold)}/release/"
    refused = signed_in("amina").post(release)
    assert refused.status_code == 400 and "released by a supervisor" in refused.content.decode()
    boss = signed_in("sara")
    page = boss.post(release, follow=True).content.decode()
    assert "Released." in page and "HOLD.COMPLAINT" not in page
    assert HoldRelease.objects.get().hold_id == hold
    assert boss.get(release).status_code == 404


def test_care_is_kept_with_consent_sealed_and_opened_on_record(house: House, known: str, signed_in: SignedIn) -> None:
    number = house.learn("K1", "VULNERABLE")
    care, client = f"{known}{written('circumstance', number)}/care/", signed_in("amina")
    text = "Speak slowly, and write down the amounts."
    refused = client.post(care, {"step": "keep", "text": text})
    assert refused.status_code == 400 and "without their consent" in refused.content.decode()
    client.post(care, {"step": "keep", "text": text, "has_consent": "on"})
    assert text.encode() not in bytes(CareRecord.objects.get().sealed)
    assert text not in client.get(care).content.decode()
    before = Act.objects.filter(name="open_care").count()
    assert text in client.post(care, {"step": "open"}).content.decode()
    assert Act.objects.filter(name="open_care").count() == before + 1
    client.post(care, {"step": "forget"})
    assert not CareRecord.objects.exists()


def test_whoever_does_not_speak_with_people_opens_no_care(house: House, known: str, signed_in: SignedIn) -> None:
    number = house.learn("K1", "VULNERABLE")
    house.join("leo", "legal")
    answer = signed_in("leo").post(f"{known}{written('circumstance', number)}/care/", {"step": "open"})
    assert answer.status_code == 400 and "for those who speak with the person" in answer.content.decode()


def test_what_is_known_of_another_account_is_not_found_here(house: House, known: str, signed_in: SignedIn) -> None:
    number = house.learn("P1", "CEASE")
    assert signed_in("sara").post(f"{known}{written('circumstance', number)}/end/").status_code == 404
