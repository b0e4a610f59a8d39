"""Who is in the twin: three organisations, their creditors, how much each lends, and how its debtors behave."""

from dataclasses import dataclass

from ahadi.domain.people.operations import OrganisationTerms

PART_ACCOUNTS = 15_000
"""Accounts that are generated and loaded at once, so that memory stays bounded at any size."""


@dataclass(frozen=True)
class Behaviour:
    """How a debtor pays: chances that an instalment is paid in time, and late by so many days on average.

    `stops` is the part of the schedule after which nothing comes (None: never stops); `answer` the chance that
    a call is answered.
    """

    name: str
    in_time: float
    late: float
    days_late: float
    part: float
    answer: float
    stops: tuple[float, float] | None = None


BEHAVIOURS = (
    Behaviour("reliable", 0.91, 0.08, 5.0, 0.01, 0.50),
    Behaviour("late", 0.46, 0.47, 12.0, 0.08, 0.42),
    Behaviour("erratic", 0.30, 0.42, 26.0, 0.22, 0.33),
    Behaviour("stopped", 0.62, 0.25, 12.0, 0.10, 0.24, stops=(0.1, 0.8)),
    Behaviour("skipped", 0.55, 0.20, 9.0, 0.05, 0.03, stops=(0.0, 0.5)),
)


@dataclass(frozen=True)
class Portfolio:
    """One creditor's kind of debt: how much, how often, and how people pay it.

    `instalment` is in whole units of the currency, drawn between its ends and rounded to `step`; `interest` and
    `fee` are parts of what is owed altogether; `mix` weighs BEHAVIOURS; `term_days` is given with each invoice.
    """

    creditor: str
    prefix: str
    product: str
    currency: str
    country: str
    share: float
    instalment: tuple[int, int]
    step: int
    count: tuple[int, int]
    every: str
    branches: tuple[str, ...]
    mix: tuple[float, float, float, float, float]
    interest: float = 0.0
    fee: float = 0.0
    deposit: int = 0
    term_days: int = 0
    varies: float = 0.0
    mobile: float = 0.6
    is_firm: bool = False


@dataclass(frozen=True)
class Enterprise:
    """One organisation of the twin: its terms, its share of the accounts and its portfolios."""

    terms: OrganisationTerms
    share: float
    portfolios: tuple[Portfolio, ...]
    domain: str
    is_agency: bool = False

    @property
    def creditors(self) -> tuple[str, ...]:
        """The names of the creditors, in order of their first portfolio."""
        return tuple(dict.fromkeys(portfolio.creditor for portfolio in self.portfolios))


_AGENCY_MIX = (0.34, 0.28, 0.16, 0.15, 0.07)
_OWN_MIX = (0.55, 0.25, 0.11, 0.07, 0.02)
_DAR, _NBO = ("Dar es Salaam", "Arusha", "Mwanza"), ("Nairobi", "Mombasa", "Kisumu")

AGENCY = Enterprise(
    OrganisationTerms("kisima", "Kisima Collections", "TZ", "TZS", "Africa/Dar_es_Salaam", "en"),
    0.40,
    (
        Portfolio(
            "Pwani Home Bank",
            "PHB",
            "loan",
            "TZS",
            "TZ",
            0.30,
            (60_000, 420_000),
            1_000,
            (6, 18),
            "1mo",
            _DAR,
            _AGENCY_MIX,
            interest=0.16,
            fee=0.01,
        ),
        Portfolio(
            "Tumaini Assurance",
            "TAS",
            "premium",
            "TZS",
            "TZ",
            0.16,
            (15_000, 120_000),
            500,
            (4, 12),
            "1mo",
            _DAR,
            _AGENCY_MIX,
        ),
        Portfolio(
            "Zawadi Stores",
            "ZAW",
            "lease",
            "TZS",
            "TZ",
            0.22,
            (25_000, 160_000),
            1_000,
            (4, 12),
            "1mo",
            _DAR,
            _AGENCY_MIX,
            interest=0.12,
        ),
        Portfolio(
            "Zawadi Stores",
            "ZAK",
            "lease",
            "KES",
            "KE",
            0.10,
            (1_500, 9_000),
            50,
            (4, 12),
            "1mo",
            _NBO,
            _AGENCY_MIX,
            interest=0.12,
        ),
        Portfolio(
            "Savannah Airtime",
            "SAV",
            "invoice",
            "KES",
            "KE",
            0.22,
            (1_200, 38_000),
            10,
            (3, 14),
            "1mo",
            _NBO,
            _AGENCY_MIX,
            term_days=30,
            varies=0.6,
            mobile=0.35,
            is_firm=True,
        ),
    ),
    "kisima.example",
    is_agency=True,
)
LENDER = Enterprise(
    OrganisationTerms("tudun", "Tudun Finance", "NG", "NGN", "Africa/Lagos", "en"),
    0.35,
    (
        Portfolio(
            "Tudun Finance",
            "TDL",
            "loan",
            "NGN",
            "NG",
            0.66,
            (8_000, 95_000),
            500,
            (3, 18),
            "1mo",
            ("Lagos", "Kano", "Abuja"),
            _OWN_MIX,
            interest=0.21,
            fee=0.02,
            mobile=0.25,
        ),
        Portfolio(
            "Tudun Finance",
            "TDC",
            "lease",
            "AED",
            "AE",
            0.14,
            (900, 3_800),
            10,
            (12, 24),
            "1mo",
            ("Dubai", "Sharjah"),
            _OWN_MIX,
            interest=0.09,
            fee=0.01,
            mobile=0.0,
        ),
        Portfolio(
            "Tudun Finance",
            "TDK",
            "card",
            "AED",
            "AE",
            0.20,
            (150, 2_400),
            5,
            (8, 12),
            "1mo",
            ("Dubai", "Sharjah"),
            _OWN_MIX,
            interest=0.18,
            fee=0.03,
            varies=0.4,
            mobile=0.0,
        ),
    ),
    "tudun.example",
)
PAYG = Enterprise(
    OrganisationTerms("mwanga", "Mwanga Simu", "KE", "KES", "Africa/Nairobi", "en"),
    0.25,
    (
        Portfolio(
            "Mwanga Simu",
            "MSK",
            "payg",
            "KES",
            "KE",
            0.62,
            (280, 620),
            10,
            (10, 18),
            "1w",
            _NBO,
            _OWN_MIX,
            deposit=4,
            mobile=0.98,
        ),
        Portfolio(
            "Mwanga Simu",
            "MST",
            "payg",
            "TZS",
            "TZ",
            0.38,
            (9_000, 19_000),
            500,
            (8, 14),
            "2w",
            _DAR,
            _OWN_MIX,
            deposit=4,
            mobile=0.98,
        ),
    ),
    "mwanga.example",
)
ENTERPRISES = (AGENCY, LENDER, PAYG)
"""In the order in which they are built."""


def sizes(accounts: int) -> list[int]:
    """How many of `accounts` each of ENTERPRISES gets: they add up, and each has enough for its portfolios."""
    least = [2 * len(enterprise.portfolios) for enterprise in ENTERPRISES]
    found = [max(few, round(accounts * enterprise.share)) for few, enterprise in zip(least, ENTERPRISES, strict=True)]
    found[0] = max(least[0], accounts - sum(found[1:]))
    return found
