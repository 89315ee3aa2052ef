"""What keeps the password from being changed."""

from collections.abc import Sequence

from registerbro.presentation import BAD_USE, Presentation

from cpr_direct.errors.base import Decision, DirectError


class PasswordError(DirectError):
    """Base of what keeps the password from being changed."""

    text: str = ""

    def __str__(self) -> str:
        return self.text


class PasswordRuleBroken(PasswordError):
    """The new password breaks a rule of CPR's, and ``others`` perhaps; it was not sent."""

    def __init__(self, others: Sequence["PasswordRuleBroken"] = ()) -> None:
        super().__init__(others)
        self.others = tuple(others)

    def __str__(self) -> str:
        return "; ".join([self.text, *(other.text for other in self.others)])


class PasswordLength(PasswordRuleBroken):
    """Not eight characters."""

    text = "the password must have exactly eight characters"


class PasswordCharacter(PasswordRuleBroken):
    """A character that CPR does not take."""

    text = "the password may have letters a-z, digits, and of other characters only ~ ! @ # $ % ^ * ( ) _ - + = , . / { } [ ] ; :"


class PasswordWithoutSmallLetter(PasswordRuleBroken):
    """No small letter."""

    text = "the password must have a small letter"


class PasswordWithoutCapital(PasswordRuleBroken):
    """No capital."""

    text = "the password must have a capital letter"


class PasswordWithoutDigit(PasswordRuleBroken):
    """No digit."""

    text = "the password must have a digit"


class PasswordWithoutSpecial(PasswordRuleBroken):
    """Nothing but letters and digits."""

    text = "the password must have one of the characters ~ ! @ # $ % ^ * ( ) _ - + = , . / { } [ ] ; :"


class PasswordNotNew(PasswordRuleBroken):
    """It is the present one."""

    text = "the new password is the present one"


class SecretKeyMissing(PasswordError):
    """There is no key to encrypt the new password with, so it could not be kept."""

    text = "no key for secrets is configured (REGISTERBRO_SECRETS__KEYS): the new password could not be kept"


class PasswordUnsettled(PasswordError):
    """The change was sent, and what became of it is not known or not stored; the next logon finds out which password holds."""

    text = "the new password was sent to CPR, and whether it holds could not be found out or stored: the next logon does that"
    decision = Decision.RETRY_LATER
    may_have_reached = True


class NoPasswordHolds(PasswordError):
    """After a change that broke off, CPR refuses the new password and the old one."""

    text = "after a change of the password that broke off, CPR refuses both the old and the new one: set one at CPR, and store it"


PRESENTATION: dict[type[DirectError], Presentation] = {
    PasswordRuleBroken: Presentation(
        "password-rule-broken", 422, "The password breaks a rule of CPR's", BAD_USE
    ),
    SecretKeyMissing: Presentation("secret-key-missing", 409, "No key for secrets is configured", BAD_USE),
    PasswordUnsettled: Presentation("password-unsettled", 502, "Whether CPR took the password is not known"),
    NoPasswordHolds: Presentation("no-password-holds", 503, "CPR refuses the old and the new password"),
}
