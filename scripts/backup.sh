#!/usr/bin/env bash
# Back up the catalog, the queues with their namespaces, and the release's values, while jobs run.
# The backup has no buckets (replicate them) and no Secrets (restore them from your secret store).
#
#   scripts/backup.sh FOLDER        creates FOLDER/<time> and prints its name
#
# The usual PostgreSQL variables name the database: PGHOST, PGPORT, PGUSER, PGDATABASE, and PGPASSWORD or ~/.pgpass.
# RELEASE and NAMESPACE name the release (default: ifcjob in ifcjob-system).
# Needs pg_dump (not older than the server), kubectl, helm and jq.
set -euo pipefail
umask 077

if [ $# -ne 1 ]; then
  echo "usage: backup.sh FOLDER" >&2
  exit 64
fi
mkdir -p "$1"
# The backup gets its name last, so that an incomplete one never has it.
unfinished=$(mktemp -d "$1/.unfinished-XXXXXX")
trap 'rm -rf "$unfinished"' EXIT

# A consistent snapshot, also during writes.
pg_dump --format=custom --no-owner --no-privileges --file="$unfinished/catalog.dump"

kubectl get ifcqueues --all-namespaces --output=json |
  jq --compact-output '.items[]
    | {apiVersion, kind, metadata: (.metadata | {name, namespace, labels}), spec}' > "$unfinished/queues.json"
kubectl get namespaces --output=json |
  jq --compact-output --slurpfile queues "$unfinished/queues.json" '.items[]
    | select(.metadata.name | IN($queues[].metadata.namespace))
    | {apiVersion, kind, metadata: (.metadata | {name, labels})}' > "$unfinished/namespaces.json"
helm get values "${RELEASE:-ifcjob}" --namespace "${NAMESPACE:-ifcjob-system}" --output=yaml > "$unfinished/values.yaml"

backup=$1/$(date -u +%Y%m%dT%H%M%SZ)
mv "$unfinished" "$backup"
echo "$backup"
