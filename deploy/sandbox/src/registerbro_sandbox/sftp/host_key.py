"""The server's own key: made once for each directory, so that its fingerprint stays."""

from pathlib import Path

import asyncssh

from registerbro_sandbox import hidden

_FILE = "ssh_host_ed25519"


def host_key(directory: Path) -> asyncssh.SSHKey:
    """The key kept in the directory's hidden files; made at the first call."""
    path = hidden.own_directory(directory) / _FILE
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-ed25519", comment="registerbro-sandbox")
        partial = path.with_suffix(".part")
        partial.touch(mode=0o600)
        partial.write_bytes(key.export_private_key())
        partial.replace(path)
    return asyncssh.read_private_key(path)


def write_fingerprint(key: asyncssh.SSHKey, path: Path) -> None:
    """Write the fingerprint where clients can read it; it appears complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(key.get_fingerprint() + "\n")
    partial.chmod(0o644)
    partial.replace(path)
