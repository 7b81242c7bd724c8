#!/usr/bin/env bash
# Fail if one of the given repositories already has the tag VERSION: a released tag never changes.
set -euo pipefail

for repository in "$@"; do
  if answer=$(docker buildx imagetools inspect --raw "$repository:$VERSION" 2>&1); then
    echo "::error::$repository:$VERSION exists; choose another version" >&2
    exit 1
  fi
  # A missing repository also answers "denied"; without read access we cannot overwrite anything either.
  if ! grep -qiE 'not found|manifest unknown|name unknown|denied' <<<"$answer"; then
    printf '::error::cannot tell whether %s:%s exists: %s\n' "$repository" "$VERSION" "$answer" >&2
    exit 1
  fi
done
