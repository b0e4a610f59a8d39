"""The people who sign in, and the owners of work."""

from collections.abc import Iterator
from typing import ClassVar, Final

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from ahadi.data.models.kinds import Record
from ahadi.data.models.organisation import Branch, Organisation

LANGUAGES: Final = ("en", "sw", "fr", "ar")
"""What pages can be read in."""


class PersonManager(BaseUserManager["Person"]):
    """Finds people by what they type at the door."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """The person of this login. Raises Person.DoesNotExist."""
        return self.get(login=username)


class Person(AbstractBaseUser, Record):
    """Somebody who works with Ahadi; what they may do stands in `Grant`, never here.

    `language` is the one they chose, empty while they go by their browser.
    `access_revision` rises with every change of what they may do: sessions of an earlier one have ended.
    """

    personal: ClassVar[bool] = True

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    login = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="")
    is_active = models.BooleanField(default=True)
    access_revision = models.IntegerField(default=0)

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = PersonManager()

    class Meta:
        db_table = "person"

    def get_session_auth_hash(self) -> str:
        """What a session must bear to be this person's: another after a change of password or of access."""
        return f"{super().get_session_auth_hash()}.{self.access_revision}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under earlier secrets of the installation."""
        for earlier in super().get_session_auth_fallback_hash():
            yield f"{earlier}.{self.access_revision}"


class Owner(Record):
    """Who an account belongs to: an officer, or a queue that officers take from."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    person = models.OneToOneField(Person, models.PROTECT, null=True, related_name="+")
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=150)
    name = models.CharField(max_length=200)

    class Meta:
        db_table = "owner"
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="owner_once")]
