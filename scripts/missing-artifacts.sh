#!/usr/bin/env bash
# Print the artifacts that are in the catalog but not in the object store, one per line: the IfcJob's uid and the URI.
#
#   scripts/missing-artifacts.sh
#
# PGHOST, PGPORT, PGUSER, PGDATABASE and PGPASSWORD (or ~/.pgpass) name the database; the AWS
# variables name the store: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL_S3. The script lists
# buckets and reads no object. Exit code 1: artifacts are missing.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
psql --no-psqlrc --quiet --tuples-only --no-align --field-separator=$'\t' > "$folder/known" <<'SQL'
SELECT uid, uri FROM artifact WHERE uri LIKE 's3://%'
UNION SELECT uid, result_manifest FROM job WHERE result_manifest LIKE 's3://%' ORDER BY 1, 2;
SQL
for bucket in $(cut -f2 "$folder/known" | cut -d/ -f3 | sort -u); do
  aws s3api list-objects-v2 --bucket "$bucket" --query 'Contents[].[Key]' --output text |
    sed "s|^|s3://$bucket/|" >> "$folder/stored"
done
touch "$folder/stored"
awk -F'\t' 'FILENAME == ARGV[1] { stored[$0]; next } !($2 in stored) { print; missing = 1 } END { exit missing }' \
  "$folder/stored" "$folder/known"
