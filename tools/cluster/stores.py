"""The S3 server and PostgreSQL beside a test node, reachable from its pods and from the tests by one address."""

import os
import shutil
import subprocess
from pathlib import Path

from tools.cluster.processes import Processes
from tools.go_programs import tool

S3_PORT = 9000
POSTGRES_PORT = 5432
ACCESS_KEY, SECRET_KEY = "ifcjob", "ifcjob-secret"
PASSWORD = "ifcjob"


class Stores:
    """Where the files and the history of the tests lie."""

    def __init__(self, state: Path, processes: Processes, address: str) -> None:
        """Describe the stores whose data lies below `state`."""
        self._folder = state / "stores"
        self._processes = processes
        self._address = address

    @property
    def s3_endpoint(self) -> str:
        """Return the S3 server's URL."""
        return f"http://{self._address}:{S3_PORT}"

    @property
    def database_url(self) -> str:
        """Return the database's URL."""
        return f"postgresql://ifcjob:{PASSWORD}@{self._address}:{POSTGRES_PORT}/ifcjob"

    def start(self) -> None:
        """Start both and wait until they answer."""
        self._folder.mkdir(parents=True)
        self._start_s3()
        self._start_postgresql()
        for component in ("s3", "postgresql"):
            self.wait_ready(component)

    def wait_ready(self, component: str) -> None:
        """Wait until one of them answers."""
        probes = {"s3": self._s3_answers, "postgresql": self._database_answers}
        self._processes.require(component, probes[component], 30)

    def _start_s3(self) -> None:
        for name in ("data", "versions", "metadata"):
            (self._folder / "s3" / name).mkdir(parents=True)
        data, versions, metadata = (self._folder / "s3" / name for name in ("data", "versions", "metadata"))
        command: list[str | Path] = [tool("versitygw"), "--port", f"{self._address}:{S3_PORT}", "--quiet", "posix"]
        command += ["--versioning-dir", versions, "--sidecar", metadata, data]
        self._processes.start("s3", command, {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY})

    def _start_postgresql(self) -> None:
        """Run as its own user: PostgreSQL refuses to be root."""
        programs = postgresql_programs()
        data = self._folder / "postgresql"
        data.mkdir()
        shutil.chown(data, "postgres", "postgres")
        for folder in (self._folder, self._folder.parent):
            folder.chmod(0o755)
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--reset-env"]
        password = self._folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        initdb = [*as_postgres, str(programs / "initdb"), "-D", str(data), "-U", "ifcjob", "--auth=scram-sha-256"]
        initdb += [f"--pwfile={password}", "--encoding=UTF8", "--no-locale", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, cwd="/")
        with (data / "pg_hba.conf").open("a", encoding="utf-8") as rules:
            rules.write("host all all 0.0.0.0/0 scram-sha-256\n")
        settings = [f"listen_addresses={self._address}", f"port={POSTGRES_PORT}", f"unix_socket_directories={data}"]
        settings += ["fsync=off", "max_connections=50"]
        flags = [word for setting in settings for word in ("-c", setting)]
        # In single-user mode: no server, no password.
        single = [*as_postgres, str(programs / "postgres"), "--single", "-D", str(data), "postgres"]
        subprocess.run(single, check=True, capture_output=True, input=b"CREATE DATABASE ifcjob;\n", cwd="/")
        self._processes.start("postgresql", [programs / "postgres", "-D", data, *flags], user="postgres")

    def _s3_answers(self) -> bool:
        return self._succeeds("bash", "-c", f": < /dev/tcp/{self._address}/{S3_PORT}")

    def _database_answers(self) -> bool:
        """Tell whether it takes queries; after a crash it takes connections before that."""
        return self._succeeds(
            str(postgresql_programs() / "pg_isready"), "--quiet", "-h", self._address, "-p", str(POSTGRES_PORT)
        )

    def _succeeds(self, *command: str) -> bool:
        return subprocess.run([*self._processes.inside, *command], check=False, capture_output=True).returncode == 0


def postgresql_programs() -> Path:
    """Find the folder of PostgreSQL's server programs, the newest release first."""
    servers = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if servers:
        return servers[-1].parent
    anywhere = shutil.which("postgres", path=os.environ.get("PATH"))
    if anywhere is None:
        raise SystemExit("PostgreSQL's server programs are not here: apt-get install postgresql")
    return Path(anywhere).parent
