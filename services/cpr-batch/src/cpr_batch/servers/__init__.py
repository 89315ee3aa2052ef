"""The kinds of file server behind the port ``remote.RemoteServer``: FTP with TLS and without, and SFTP."""
