"""Names for people and firms who do not exist: common given and family names of a country, drawn apart."""

from dataclasses import dataclass

import numpy as np
import polars as pl


@dataclass(frozen=True)
class NameStock:
    """What names of one country are made of."""

    given: list[str]
    family: list[str]
    places: list[str]


def _words(text: str) -> list[str]:
    return text.split()


TRADES = _words("Stores Traders Hardware Pharmacy Motors Electronics Foods Textiles Logistics Supplies Farmers Bakery")
STOCKS: dict[str, NameStock] = {
    "TZ": NameStock(
        given=_words(
            "Neema Zawadi Asha Rehema Grace Upendo Lucy Prisca Hadija Mariam Fatuma Salma Joyce Agnes Esther Anna "
            "Rose Halima Mwajuma Tatu Zuhura Subira Amina Consolata Juma Baraka Hamisi Idd Said Peter Thomas Musa "
            "Elia Anold Rajabu Emmanuel Joseph Daudi Hassan Omari Salum Yusuf Bakari Frank Godfrey Innocent "
            "Kelvin Moses"
        ),
        family=_words(
            "Mrisho Mollel Mushi Lyimo Kessy Urio Mbise Lyatuu Masoud Nnko Tarimo Pazi Lema Mohamed Shirima "
            "Kimambo Komba Massawe Swai Mtei Ngowi Chuwa Mwakyusa Mwakalinga Mgaya Mhando Kiputa Ndunguru Haule "
            "Mapunda Nyoni Sanga Mahenge Kayombo Mkude Mziray Shayo Temba Macha Minja Marandu Kileo Kweka Silayo "
            "Malisa Makundi"
        ),
        places=_words("Kariakoo Ilala Mwanza Arusha Moshi Dodoma Tanga Mbeya Iringa Morogoro"),
    ),
    "KE": NameStock(
        given=_words(
            "Wanjiru Achieng Njeri Akinyi Chebet Nafula Mumbua Wambui Atieno Cherono Faith Mercy Purity Lilian "
            "Beatrice Caroline Kamau Otieno Kipchoge Mutua Wafula Kiprono Ochieng Maina Barasa Mwangi Brian "
            "Dennis Victor Kevin Collins Samuel Daniel Stephen Paul David Felix Edwin"
        ),
        family=_words(
            "Kariuki Odhiambo Kimani Cheruiyot Wekesa Mutiso Njoroge Onyango Kiptoo Musyoka Karanja Ouma Rotich "
            "Simiyu Gitau Owino Koech Kilonzo Ndungu Okoth Langat Nyambura Juma Macharia Omondi Korir Muriuki "
            "Were"
        ),
        places=_words("Kisumu Mombasa Nakuru Eldoret Thika Nyeri Kakamega Machakos Kitale Malindi"),
    ),
    "NG": NameStock(
        given=_words(
            "Ngozi Aisha Folake Chioma Zainab Yetunde Amaka Hauwa Bukola Ifeoma Funmilayo Halima Adaeze Temitope "
            "Blessing Emeka Musa Tunde Chukwudi Ibrahim Segun Obinna Abdullahi Femi Ikenna Sani Kunle Uche Bello "
            "Gbenga Samuel Victor Daniel Joseph Sunday Friday"
        ),
        family=_words(
            "Okafor Abubakar Adeyemi Eze Bello Ogunleye Nwosu Garba Balogun Okonkwo Yusuf Adebayo Obi Lawal "
            "Oyelaran Chukwu Danjuma Afolabi Nnamdi Suleiman Oladipo Igwe Aliyu Akande Onyeka Shehu Fashola Umeh "
            "Idris Ajayi"
        ),
        places=_words("Ikeja Surulere Yaba Kano Kaduna Enugu Ibadan Abeokuta Jos Owerri"),
    ),
    "AE": NameStock(
        given=_words(
            "Fatima Maryam Priya Noura Sana Maricel Hessa Anjali Reem Shaikha Divya Jennylyn Layla Ayesha Omar "
            "Khalid Rajesh Mohammed Imran Jomar Saeed Suresh Hamad Faisal Anil Rodel Yousef Tariq Bilal Sunil "
            "Ahmed Ravi"
        ),
        family=_words(
            "Al-Hashmi Al-Mansouri Nair Khan Santos Al-Suwaidi Menon Hussain Reyes Al-Ketbi Sharma Iqbal Cruz Al- "
            "Zaabi Pillai Malik Bautista Al-Nuaimi Thomas Siddiqui Ramos Al-Shamsi Kumar Farooq Mendoza Haddad"
        ),
        places=_words("Deira Karama Satwa Jumeirah Sharjah Ajman Musaffah Khalidiya Qusais Barsha"),
    ),
}
_INITIALS = list("ABCDEFGHJKLMNPRSTW")


def people(random: np.random.Generator, count: int, country: str = "TZ") -> pl.Series:
    """`count` names of people of a country, with an initial between."""
    stock = STOCKS[country]
    given, initial, family = (random.choice(words, count) for words in (stock.given, _INITIALS, stock.family))
    return _joined(pl.format("{} {}. {}", "a", "b", "c"), a=given, b=initial, c=family)


def firms(random: np.random.Generator, count: int, country: str = "TZ") -> pl.Series:
    """`count` names of firms of a country."""
    stock = STOCKS[country]
    family, place, trade = (random.choice(words, count) for words in (stock.family, stock.places, TRADES))
    ending = random.choice(["Ltd", "Co", "& Sons"], count)
    return _joined(pl.format("{} {} {} {}", "a", "b", "c", "d"), a=family, b=place, c=trade, d=ending)


def _joined(form: pl.Expr, **parts: object) -> pl.Series:
    return pl.DataFrame(parts).select(form.alias("name"))["name"]
