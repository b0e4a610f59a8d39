"""What a column can mean: the targets of each purpose, what they hold, and the words clients write above
them.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Purpose = Literal["placement", "receipts"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
Holds = Literal["identifier", "text", "date", "amount", "flag", "count", "phone", "currency"]


@dataclass(frozen=True)
class Target:
    """One thing the platform needs to know: its name, what it holds, its meaning and its names in four
    languages.
    """

    name: str
    holds: Holds
    meaning: str
    words: tuple[str, ...]


def _target(name: str, holds: Holds, meaning: str, words: str) -> Target:
    return Target(name, holds, meaning, tuple(word.strip() for word in words.split(",")))


_ACCOUNT = _target(
    "account_number",
    "identifier",
    "number of the account or contract with the creditor",
    "account number, account no, account id, account, acct no, acct number, a c no, ac no, contract "
    "number, contract no, "
    "contract id, contract, agreement number, loan account, loan account number, card number, facility "
    "number, policy number, "
    "namba ya akaunti, akaunti, nambari ya akaunti, numero de compte, compte, n compte, numero de "
    "contrat, contrat, "
    "رقم الحساب, الحساب, رقم العقد",
)
_DEBTOR = _target(
    "debtor_number",
    "identifier",
    "number the creditor gave the debtor",
    "customer number, customer no, customer id, customer code, customer, cust number, cust no, cust id, "
    "client number, client no, "
    "client id, client code, debtor number, debtor no, debtor id, debtor, member number, member no, "
    "borrower id, borrower number, "
    "party id, subscriber number, tenant id, patient id, student number, cif, cif number, cif no, "
    "namba ya mteja, nambari ya mteja, numero client, code client, id client, n client, numero debiteur, "
    "رقم العميل, رقم الزبون, كود العميل, رقم المدين",
)
_REFERENCE = _target(
    "reference",
    "identifier",
    "number of the invoice or other document that is owed",
    "invoice number, invoice no, invoice id, invoice, inv no, inv number, bill number, bill no, document "
    "number, document no, "
    "document id, doc number, doc no, doc id, voucher number, charge reference, reference, reference "
    "number, ref, ref no, "
    "loan id, loan number, loan no, debt id, "
    "namba ya ankara, ankara, nambari ya ankara, numero de facture, facture, n facture, no facture, "
    "numero de piece, piece, "
    "رقم الفاتورة, الفاتورة, رقم المستند, المرجع",
)
_CURRENCY = _target(
    "currency",
    "currency",
    "ISO code of the currency",
    "currency, currency code, ccy, curr, sarafu, devise, monnaie, العملة, عملة",
)
_PHONE = _target(
    "phone",
    "phone",
    "telephone number",
    "phone, phone number, phone no, telephone, telephone number, tel, mobile, mobile number, mobile no, "
    "msisdn, cell, cellphone, "
    "cell number, contact number, simu, namba ya simu, nambari ya simu, portable, numero de telephone, gsm, "
    "الهاتف, رقم الهاتف, الجوال, رقم الجوال, موبايل",
)

PLACEMENT: tuple[Target, ...] = (
    _ACCOUNT,
    _DEBTOR,
    _target(
        "debtor_name",
        "text",
        "name of the person or firm that owes",
        "customer name, name customer, client name, debtor name, borrower name, account name, full name, "
        "name, names, member name, "
        "tenant name, patient name, student name, company name, "
        "jina, jina la mteja, jina kamili, nom, nom du client, nom client, nom complet, raison sociale, "
        "debiteur, "
        "الاسم, اسم العميل, اسم الزبون, اسم المدين",
    ),
    _REFERENCE,
    _target(
        "invoiced_on",
        "date",
        "day on the invoice",
        "invoice date, inv date, bill date, billing date, document date, doc date, date of invoice, issue "
        "date, issued on, "
        "baseline date, baseline create date, baseline, tarehe ya ankara, date de facture, date facture, "
        "date de facturation, "
        "تاريخ الفاتورة",
    ),
    _target(
        "posted_on",
        "date",
        "day the charge was booked",
        "posting date, posted on, post date, booking date, book date, entry date, gl date, "
        "date de comptabilisation, date comptable, tarehe ya kuingizwa, تاريخ القيد",
    ),
    _target(
        "due_on",
        "date",
        "day the charge falls due",
        "due date, due on, due in date, date due, net due date, payment due date, pay by, pay by date, "
        "maturity date, deadline, "
        "tarehe ya mwisho, tarehe ya kulipa, tarehe ya mwisho wa malipo, date d echeance, date echeance, "
        "echeance, "
        "تاريخ الاستحقاق, الاستحقاق",
    ),
    _target(
        "opened_on",
        "date",
        "day the account or loan began",
        "opened on, open date, opening date, start date, disbursement date, disbursed on, loan date, "
        "contract date, granted on, "
        "origination date, issue month, tarehe ya mkopo, tarehe ya kuanza, date de debut, date d "
        "ouverture, date de deblocage, "
        "تاريخ الفتح, تاريخ القرض",
    ),
    _target(
        "amount",
        "amount",
        "amount of the charge",
        "invoice amount, amount, amount due, total amount, total, bill amount, open amount, outstanding, "
        "outstanding amount, "
        "outstanding balance, balance, balance due, gross amount, charge amount, debt, debt amount, total "
        "due, loan amount, value, "
        "kiasi, deni, kiasi cha deni, salio, montant, montant du, montant total, montant facture, solde, "
        "montant ttc, "
        "المبلغ, مبلغ الفاتورة, الرصيد, المبلغ المستحق",
    ),
    _target(
        "principal",
        "amount",
        "part of the amount that was lent or sold",
        "principal, principal amount, principal balance, capital, mtaji, capital restant, أصل الدين",
    ),
    _target(
        "interest",
        "amount",
        "part of the amount that is interest",
        "interest, interest amount, interest due, accrued interest, riba, interets, interet, montant interets, الفائدة",
    ),
    _target(
        "fee",
        "amount",
        "part of the amount that is fees",
        "fee, fees, fee amount, charges, service fee, ada, frais, commission, الرسوم, رسوم",
    ),
    _target(
        "penalty",
        "amount",
        "part of the amount that is a penalty for lateness",
        "penalty, penalties, penalty amount, late fee, late fees, late charge, faini, adhabu, penalite, "
        "penalites, غرامة, الغرامات",
    ),
    _target(
        "paid",
        "amount",
        "amount paid to date",
        "paid, amount paid, paid amount, paid to date, total paid, paid in, collected, received amount, "
        "kilicholipwa, kiasi kilicholipwa, montant paye, paye, المدفوع, المبلغ المدفوع",
    ),
    _target(
        "paid_on",
        "date",
        "day of the last amount paid",
        "paid on, payment date, date paid, paid date, last payment date, last payment, date of payment, "
        "tarehe ya malipo, date de paiement, date paiement, تاريخ الدفع, تاريخ السداد",
    ),
    _target(
        "settled_on",
        "date",
        "day the charge was settled in full",
        "settled date, settled on, settlement date, clear date, clearing date, cleared on, closed on, "
        "close date, closed date, "
        "tarehe ya kumaliza, date de reglement, date reglement, تاريخ التسوية",
    ),
    _target(
        "disputed",
        "flag",
        "whether the debtor disputes the charge",
        "disputed, dispute, is disputed, in dispute, dispute flag, mgogoro, yenye mgogoro, conteste, "
        "litige, en litige, متنازع عليه, نزاع",
    ),
    _CURRENCY,
    _target(
        "branch",
        "text",
        "branch or company code of the creditor",
        "branch, branch code, branch name, business code, business unit, company code, division, office, "
        "outlet, store, "
        "tawi, agence, succursale, code agence, الفرع, فرع",
    ),
    _target(
        "country",
        "text",
        "country of the debtor",
        "country, country code, country name, nchi, pays, code pays, الدولة, البلد",
    ),
    _target(
        "product",
        "text",
        "kind of loan, good or service",
        "product, product name, product code, product type, loan type, loan purpose, service, plan, "
        "bidhaa, huduma, produit, "
        "type de pret, المنتج, الخدمة",
    ),
    _PHONE,
    _target(
        "email",
        "text",
        "electronic mail address",
        "email, e mail, email address, mail, barua pepe, courriel, adresse email, البريد الإلكتروني, البريد",
    ),
    _target(
        "address",
        "text",
        "postal address",
        "address, street, postal address, street address, residence, anwani, anuani, adresse, العنوان",
    ),
    _target(
        "instalments",
        "count",
        "number of instalments",
        "instalments, installments, number of instalments, number of installments, no of instalments, no "
        "of installments, "
        "duration, term, term months, tenor, tenure, loan term, muda, idadi ya awamu, nombre d echeances, "
        "duree, "
        "عدد الأقساط, المدة",
    ),
    _target(
        "instalment",
        "amount",
        "amount of one instalment",
        "instalment, installment, instalment amount, installment amount, monthly instalment, monthly "
        "installment, emi, payments, "
        "monthly payment, payment amount, rejesho, awamu, mensualite, montant echeance, القسط, قيمة القسط",
    ),
    _target(
        "first_due_on",
        "date",
        "day the first instalment falls due",
        "first due date, first due on, first instalment date, first installment date, first payment date, "
        "first repayment date, "
        "tarehe ya awamu ya kwanza, premiere echeance, date premiere echeance, تاريخ أول قسط",
    ),
)

RECEIPTS: tuple[Target, ...] = (
    _target(
        "receipt_reference",
        "identifier",
        "number that the bank or mobile operator gave the receipt",
        "receipt no, receipt number, receipt reference, receipt id, receipt, transaction id, transaction "
        "no, transaction number, "
        "transaction reference, trans id, txn id, trx id, payment id, payment reference, bank reference, "
        "destination id, namba ya risiti, risiti, namba ya muamala, numero de recu, recu, reference "
        "transaction, "
        "رقم الإيصال, رقم العملية",
    ),
    _ACCOUNT,
    _DEBTOR,
    _target(
        "reference",
        "identifier",
        "number of the charge the money is meant for",
        "invoice id, invoice number, invoice no, invoice, bill number, bill ref number, charge reference, "
        "document number, ankara, "
        "namba ya ankara, numero de facture, facture, رقم الفاتورة",
    ),
    _target(
        "value_date",
        "date",
        "day the money counts from",
        "value date, date, transaction date, completion time, payment date, trans time, receipt date, "
        "booking date, paid on, "
        "tarehe, tarehe ya malipo, date valeur, date de valeur, date operation, date d operation, تاريخ, "
        "التاريخ, تاريخ العملية",
    ),
    _target(
        "amount",
        "amount",
        "amount received",
        "amount, paid in, credit, credit amount, amount received, received, gross, trans amount, "
        "transaction amount, "
        "kiasi, montant, credit montant, المبلغ, دائن",
    ),
    _CURRENCY,
    _target(
        "payer_name",
        "text",
        "who paid",
        "payer, payer name, paid by, sender, sender name, partner name, other party info, name, customer "
        "name, from, "
        "mlipaji, jina, payeur, emetteur, nom, اسم الدافع, الدافع",
    ),
    _target(
        "memo",
        "text",
        "text that came with the money",
        "memo, description, details, narration, narrative, label, remarks, remittance information, "
        "particulars, "
        "maelezo, libelle, motif, البيان, الوصف",
    ),
    _PHONE,
    _target(
        "kind",
        "text",
        "kind of movement",
        "kind, transaction type, trans type, type, reason type, method, payment method, channel, aina, "
        "mode de paiement, النوع",
    ),
)

_BY_PURPOSE: dict[Purpose, tuple[Target, ...]] = {"placement": PLACEMENT, "receipts": RECEIPTS}


def targets(purpose: Purpose) -> tuple[Target, ...]:
    """Return the targets of a purpose, in the order in which they are shown."""
    return _BY_PURPOSE[purpose]


def target(purpose: Purpose, name: str) -> Target:
    """Return one target of a purpose; `KeyError` when it has none of that name."""
    for found in _BY_PURPOSE[purpose]:
        if found.name == name:
            return found
    raise KeyError(name)


YES = frozenset({"yes", "y", "true", "t", "1", "x", "ndiyo", "ndio", "oui", "o", "vrai", "نعم", "صح"})
NO = frozenset({"no", "n", "false", "f", "0", "hapana", "non", "faux", "لا", "خطأ"})
