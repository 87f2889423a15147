"""A PostgreSQL cluster that lives as long as the tests need it: own data directory, own port, own password.

From the shell:  python tests/postgres.py run -- pytest tests/alerts
                 (run --durable -- ... for measurements: with fsync, and through the server's socket)
                 the command finds its address in CHENGYUN_DATABASE_URL; its exit code is ours.
From a test:     with cluster() as url: ...          (see tests/needs.py for the case that it is not installed)
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

if __package__ in (None, ""):  # run as a program: the repository root is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.needs import find

USER = "chengyun"


@dataclass(frozen=True)
class Cluster:
    """A running server. `stop()` and `start()` may be used in a test that takes the database away for a while."""

    url: str
    data: Path
    programs: Path
    options: str

    @property
    def socket(self) -> str:
        """The same database through the server's socket: what a database on the same machine should be reached by."""
        parts = urlsplit(self.url)
        return f"postgres://{USER}:{parts.password}@{parts.path}?host={self.data.parent}&port={parts.port}"

    def start(self) -> None:
        log = self.data.parent / "log"
        self._control("start", "-l", str(log), "-o", self.options)

    def stop(self, mode: str = "fast") -> None:
        """mode: fast (clients are thrown out), immediate (as after a crash)."""
        self._control("stop", "-m", mode)

    def _control(self, *args: str) -> None:
        _run([str(self.programs / "pg_ctl"), "-D", str(self.data), "-w", "-t", "60", "-s", *args])


@contextlib.contextmanager
def cluster(durable: bool = False) -> Iterator[Cluster]:
    """Make, start and, at the end, remove a cluster.

    durable: False switches off fsync, which is right for tests that kill our processes and wrong for any figure.
    Raises FileNotFoundError when the server's programs are not installed.
    """
    programs = find("postgres")
    if programs is None:
        raise FileNotFoundError(
            "no PostgreSQL server programs in /usr/lib/postgresql: apt install postgresql"
        )
    home = Path(tempfile.mkdtemp(prefix="chengyun-pg-"))
    try:
        home.chmod(0o700)
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(home, "postgres", "postgres")
        password = secrets.token_hex(16)
        secret = home / "password"
        secret.write_text(password + "\n")
        secret.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(secret, "postgres", "postgres")
        data = home / "data"
        _run([
            str(programs / "initdb"), "-D", str(data), "-U", USER, "--pwfile", str(secret), "-A", "scram-sha-256",
            "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
        ])  # fmt: skip
        port = _free_port()
        options = (
            f"-p {port} -k {home} -h 127.0.0.1 -c max_connections=200 -c shared_buffers=128MB -c timezone=UTC"
        )
        if not durable:
            options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        made = Cluster(f"postgres://{USER}:{password}@127.0.0.1:{port}/{USER}", data, programs, options)
        made.start()
        try:
            env = {**os.environ, "PGPASSWORD": password}
            _run([str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", USER, USER], env=env)
            yield made
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):  # a test may have stopped it already
                made.stop("immediate")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(command: list[str], env: dict[str, str] | None = None) -> None:
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    # Not a pipe for the output: the server would inherit it and the call would wait for the server's end.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(command, env=env, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        if done.returncode:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace")[-2000:])
            raise subprocess.CalledProcessError(done.returncode, command)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _main(args: list[str]) -> int:
    durable = args[:2] == ["run", "--durable"]
    if durable:
        del args[1]
    if args[:2] != ["run", "--"] or len(args) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    if find("postgres") is None:
        strict = os.environ.get("CI", "").lower() == "true"
        print(
            "PostgreSQL is not installed (apt install postgresql): these tests did not run", file=sys.stderr
        )
        return 1 if strict else 0
    # Ctrl-C and kill must end the server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with cluster(durable) as made:
        url = made.socket if durable else made.url
        return subprocess.run(args[2:], env={**os.environ, "CHENGYUN_DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
