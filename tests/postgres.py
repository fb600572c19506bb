"""A throw-away PostgreSQL server: the system's binaries, an unprivileged user, a free loopback port."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["MISSING", "running_server"]

_PLACES = [Path("/usr/local/bin"), *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]


def _binary(name: str) -> str | None:
    beside = [str(place / name) for place in _PLACES if (place / name).exists()]
    return shutil.which(name) or next(iter(beside), None)


MISSING = [name for name in ("initdb", "pg_ctl", "postgres") if _binary(name) is None]
"""Binaries that this machine lacks; with any missing, nothing is tested on PostgreSQL."""


@contextmanager
def running_server() -> Iterator[str]:
    """The address of a server with one database, `matinee`, stopped and deleted on leaving."""
    folder = Path(tempfile.mkdtemp(prefix="matinee-pg-"))
    user = _unprivileged()
    if user is not None:
        os.chown(folder, user, pwd.getpwuid(user).pw_gid)
    data, port = folder / "data", _free_port()

    def call(name: str, *arguments: str) -> None:
        binary = _binary(name)
        assert binary is not None
        done = subprocess.run(
            [binary, *arguments],
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if name == "initdb" else subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, f"{name} failed: {done.stderr!r}"

    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    call("initdb", "-D", str(data), "-U", "matinee", "-A", "trust", "-E", "UTF8", "--no-sync")
    call("pg_ctl", "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        yield f"postgres://matinee@127.0.0.1:{port}/postgres"
    finally:
        call("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> int | None:
    """Whom to start it as: the server refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise RuntimeError("there is no unprivileged user to start PostgreSQL as")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
