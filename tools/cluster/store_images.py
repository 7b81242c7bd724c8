"""The images of the chart's bundled stores, for nodes that reach no registry: stand-ins of the same names and versions.

Where they can be pulled they are. Else PostgreSQL is Debian's package behind what the manifest uses of the official
image: user 999 or any other (by nss_wrapper, as there), PGDATA, POSTGRES_USER, _DB and _PASSWORD_FILE, listening
everywhere, a fast stop on SIGINT. And versitygw is the program that the tests build anyway, where the official image
has it. Docker is left alone: kind's node pulls.
"""

import hashlib
import subprocess
import tempfile
from pathlib import Path

import yaml

from tools import image_bases as bases
from tools import images
from tools.cluster.access import Cluster
from tools.go_programs import tool

VALUES = Path(__file__).resolve().parents[2] / "charts" / "ifcjob" / "values.yaml"
SUITE = "trixie"
DEBIAN = bases.DEBIAN.format(suite=SUITE)
POSTGRESQL = f"""\
FROM {DEBIAN}
RUN groupadd -r -g 999 postgres && useradd -r -g postgres -u 999 -d /var/lib/postgresql -s /bin/bash postgres
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-common libnss-wrapper \\
 && sed -i 's/^#*create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf \\
 && apt-get install -y --no-install-recommends postgresql-MAJOR \\
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/doc/* /usr/share/man/* /var/log/* \\
    /usr/lib/*/libLLVM* /usr/lib/postgresql/MAJOR/lib/llvmjit* /usr/lib/postgresql/MAJOR/lib/bitcode
RUN sed -i "s/^#listen_addresses.*/listen_addresses = '*'/" /usr/share/postgresql/MAJOR/postgresql.conf.sample \\
 && install -d -o postgres -g postgres -m 3777 /var/run/postgresql \\
 && install -d -o postgres -g postgres -m 1777 /var/lib/postgresql/data
COPY --chmod=755 docker-entrypoint.sh /usr/local/bin/
ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/lib/postgresql/MAJOR/bin LANG=C.UTF-8 PGDATA=/var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
"""
ENTRYPOINT = r"""#!/bin/bash
set -eu -o pipefail
mkdir -p "$PGDATA"
chmod 700 "$PGDATA"
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  # It refuses a user that has no name.
  if ! getent passwd "$(id -u)" > /dev/null; then
    export NSS_WRAPPER_PASSWD=/tmp/passwd NSS_WRAPPER_GROUP=/etc/group LD_PRELOAD=libnss_wrapper.so
    echo "postgres:x:$(id -u):$(id -g)::$PGDATA:/bin/false" > "$NSS_WRAPPER_PASSWD"
  fi
  initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE"
  unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  # On its socket alone, until there is a database to answer for.
  pg_ctl -w start -o "-c listen_addresses=''"
  [ "$POSTGRES_DB" = postgres ] || createdb --username="$POSTGRES_USER" --maintenance-db=postgres "$POSTGRES_DB"
  pg_ctl -w stop -m fast
fi
exec "$@"
"""


def load(cluster: Cluster) -> None:
    """Hand the cluster the bundled stores' images, unless its nodes pull for themselves."""
    for name, here in provide().items():
        cluster.load_image(name, here)


def provide() -> dict[str, str]:
    """Have the images on this machine, and return what each is called here.

    The first time takes the internet or a Debian mirror, which is not there in a node's network.
    """
    if images.engine() == "docker":
        return {}
    bundled = yaml.safe_load(VALUES.read_text(encoding="utf-8"))["bundled"]
    return {
        _name(bundled["postgresql"]["image"]): _postgresql(bundled["postgresql"]["image"]),
        _name(bundled["objectStore"]["image"]): _versitygw(bundled["objectStore"]["image"]),
    }


def _name(image: dict[str, str]) -> str:
    return f"{image['registry']}/{image['repository']}:{image['tag']}"


def _is_here(name: str) -> bool:
    return images.exists(name) or _succeeds(*images.BUILDAH, "pull", name)


def _postgresql(image: dict[str, str]) -> str:
    dockerfile = POSTGRESQL.replace("MAJOR", image["tag"].partition(".")[0])
    # Named by its recipe, so that another recipe makes another image.
    recipe = hashlib.sha256((dockerfile + ENTRYPOINT).encode()).hexdigest()
    built = f"localhost/ifcjob-postgresql:{recipe[:12]}"
    if images.exists(built):
        return built
    if _is_here(_name(image)):
        return _name(image)
    with images.building(), tempfile.TemporaryDirectory(prefix="ifcjob-image-") as folder:
        if not images.exists(DEBIAN):
            bases.make_debian(SUITE, Path(folder), images.BUILDAH)
        Path(folder, "Dockerfile").write_text(dockerfile, encoding="utf-8")
        Path(folder, "docker-entrypoint.sh").write_text(ENTRYPOINT, encoding="utf-8")
        command = [*images.BUILDAH, "build", "--quiet", "--network", "host", "-t", built, folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return built


def _versitygw(image: dict[str, str]) -> str:
    program = tool("versitygw")
    built = f"localhost/versitygw:{program.parent.name}"
    if images.exists(built):
        return built
    return _name(image) if _is_here(_name(image)) else images.from_scratch(built, program, "/usr/local/bin/versitygw")


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
