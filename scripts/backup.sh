#!/usr/bin/env bash
# Save, while jobs run, what ifcjob cannot make anew: the catalog, the queues and their namespaces, the release's values.
# Not in it: the buckets, which are replicated, and Secrets, which come from where secrets are kept.
#
#   scripts/backup.sh FOLDER        makes FOLDER/<time> and prints it
#
# The database is named as for all programs of PostgreSQL: PGHOST, PGPORT, PGUSER, PGDATABASE, and the password in
# PGPASSWORD or ~/.pgpass. RELEASE and NAMESPACE name the release: ifcjob, in ifcjob-system.
# Needs pg_dump (not older than the server), kubectl, helm and jq.
set -euo pipefail
umask 077

if [ $# -ne 1 ]; then
  echo "usage: backup.sh FOLDER" >&2
  exit 64
fi
mkdir -p "$1"
# What has the name of a backup is one: it gets it last.
unfinished=$(mktemp -d "$1/.unfinished-XXXXXX")
trap 'rm -rf "$unfinished"' EXIT

# One moment, whatever is written meanwhile.
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
