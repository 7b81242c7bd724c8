#!/usr/bin/env bash
# Recreate the namespaces and queues of a backup; existing ones stay unchanged.
#
#   scripts/restore-queues.sh FOLDER/<time>
#
# Run it after `helm install`, which installs the CRDs. Needs kubectl and jq.
set -euo pipefail

if [ $# -ne 1 ]; then
  echo "usage: restore-queues.sh BACKUP" >&2
  exit 64
fi
while read -r namespace; do
  kubectl get namespace "$(jq --raw-output .metadata.name <<< "$namespace")" > /dev/null 2>&1 ||
    kubectl create --filename=- <<< "$namespace"
done < "$1/namespaces.json"
while read -r queue; do
  kubectl get ifcqueue --namespace="$(jq --raw-output .metadata.namespace <<< "$queue")" \
    "$(jq --raw-output .metadata.name <<< "$queue")" > /dev/null 2>&1 ||
    kubectl create --filename=- <<< "$queue"
done < "$1/queues.json"
