"""The service platform's companions: beside each data file ``<name>.metadata``, XML that says who sent it to whom.

Element names as in the client library magenta-aps/spsftp and its tests.
"""

import re
import uuid
from pathlib import Path
from xml.sax.saxutils import escape

SUFFIX = ".metadata"
SENDER = "cpr-kontoret"
_XML = """<?xml version="1.0" encoding="UTF-8"?>
<ns2:Trigger xmlns:ns2="http://serviceplatformen.dk/xml/wsdl/soap11/SFTP/1/types">
<FileTransferUUID>{transfer}</FileTransferUUID>
<FileDescriptor>
<FileName>{name}</FileName>
<SizeInBytes>{size}</SizeInBytes>
<Sender>{sender}</Sender>
<Recipients>{receiver}</Recipients>
</FileDescriptor>
</ns2:Trigger>
"""
_DATA_FILE = re.compile(r"d\d{6}\.l\d{6}", re.IGNORECASE)


def companion(path: Path, receiver: str) -> bytes:
    """What goes with a data file; the same each time."""
    transfer = uuid.uuid5(uuid.NAMESPACE_URL, path.name)
    about = {"name": escape(path.name), "size": path.stat().st_size, "receiver": escape(receiver)}
    return _XML.format(transfer=transfer, sender=SENDER, **about).encode()


def write_missing(directory: Path, receiver: str) -> None:
    """Write the companions of all data files that have none yet."""
    for path in directory.iterdir():
        target = path.with_name(path.name + SUFFIX)
        if _DATA_FILE.fullmatch(path.name) and not target.exists():
            partial = target.with_name(f".{target.name}.part")
            partial.write_bytes(companion(path, receiver))
            partial.replace(target)
