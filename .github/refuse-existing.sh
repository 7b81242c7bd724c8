#!/usr/bin/env bash
# Fail when one of the repositories given has the tag VERSION already: a released name always means the same bytes.
set -euo pipefail

for repository in "$@"; do
  if answer=$(docker buildx imagetools inspect --raw "$repository:$VERSION" 2>&1); then
    echo "::error::$repository:$VERSION exists; choose another version" >&2
    exit 1
  fi
  # A repository that does not exist is denied to us as well; whoever may not read may not overwrite either.
  if ! grep -qiE 'not found|manifest unknown|name unknown|denied' <<<"$answer"; then
    printf '::error::cannot tell whether %s:%s exists: %s\n' "$repository" "$VERSION" "$answer" >&2
    exit 1
  fi
done
