#!/usr/bin/env bash
# Restore the catalog of a backup into an empty database, completely or not at all, and print the number of jobs per phase.
#
#   scripts/restore-database.sh FOLDER/<time>
#
# PGHOST, PGPORT, PGUSER, PGDATABASE and PGPASSWORD (or ~/.pgpass) select the new database; its user will own the tables.
set -euo pipefail

if [ $# -ne 1 ]; then
  echo "usage: restore-database.sh BACKUP" >&2
  exit 64
fi
pg_restore --exit-on-error --single-transaction --no-owner --no-privileges --dbname="${PGDATABASE:?}" "$1/catalog.dump"
psql --no-psqlrc --quiet --tuples-only --no-align --field-separator=' ' <<'SQL'
ANALYZE;
SELECT phase, count(*) FROM job GROUP BY phase ORDER BY phase;
SQL
