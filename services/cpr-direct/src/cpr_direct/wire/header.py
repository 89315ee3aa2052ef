"""The header of an answer, 28 characters."""

import dataclasses
import re
from typing import Self

from pydantic import SecretStr
from registerbro.cpr.writer import ENCODING

from cpr_direct.errors import NotAHeader
from cpr_direct.wire.fields import HEADER, HEADER_LENGTH

NO_ERROR = "00"
LONGEST_ANSWER = 9999  # what its four digits can say
_SHAPE = re.compile(r"[0-9 ]{6}.{16}[0-9]{2}.{4}", re.DOTALL)
_TOKEN = next(field for field in HEADER if field.name == "token")
TOKEN_OFFSET = _TOKEN.start - 1


@dataclasses.dataclass(frozen=True, slots=True)
class Header:
    """What an answer begins with. The token is not shown by ``repr``, and masked in ``masked``."""

    customer_number: str
    subscription_type: str
    data_type: str
    token: SecretStr
    user_id: str = dataclasses.field(repr=False)
    error_number: str
    length: int | None  # of the whole answer; None on errors, where the field holds a reason code
    masked: str = dataclasses.field(repr=False)

    @property
    def is_error(self) -> bool:
        """Whether CPR refuses what was asked."""
        return self.error_number != NO_ERROR

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The header that 28 bytes hold; raises ``NotAHeader``."""
        text = data.decode(ENCODING)
        if not _SHAPE.fullmatch(text):
            raise NotAHeader(0, "it does not begin with a header of CPR Direkte")
        values = {field.name: text[field.slice] for field in HEADER}
        error_number = values["error_number"]
        return cls(
            customer_number=values["customer_number"],
            subscription_type=values["subscription_type"],
            data_type=values["data_type"],
            token=SecretStr(values["token"]),
            user_id=values["user_id"],
            error_number=error_number,
            length=_length(values["length"]) if error_number == NO_ERROR else None,
            masked=text[:TOKEN_OFFSET] + "*" * _TOKEN.length + text[_TOKEN.end :],
        )


def _length(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < HEADER_LENGTH:
        raise NotAHeader(HEADER[-1].start - 1, "the length in the header is none")
    return int(text)
