"""Object ids as a configuration shows them: the first has the register's own, every other its own ones."""

from hashlib import blake2b

_FIRST, _SPAN = 4_000_000_000, 1_000_000_000


class ObjectIds:
    """Translates between the register's object ids and a configuration's."""

    def __init__(self, configuration: str, *, is_first: bool) -> None:
        digest = blake2b(configuration.encode(), digest_size=4).digest()
        self._shift = 0 if is_first else 1 + int.from_bytes(digest) % (_SPAN - 1)

    def shown(self, object_id: str) -> str:
        """What the configuration calls a unit of the register."""
        return self._moved(object_id, self._shift)

    def meant(self, object_id: str) -> str:
        """The register's id of what the configuration calls so; unchanged where it is none."""
        is_one = len(object_id) == 10 and object_id.isascii() and object_id.isdigit() and object_id[0] == "4"
        return self._moved(object_id, -self._shift) if is_one else object_id

    def _moved(self, object_id: str, by: int) -> str:
        return str(_FIRST + (int(object_id) - _FIRST + by) % _SPAN) if by else object_id
