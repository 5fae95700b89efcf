#!/bin/sh
# Prints one SHA-256 over everything the built files come from: the pinned
# packages, our sources, and all templates of the module, whose classes the
# stylesheet holds. Classes stand in templates only.
set -eu
cd "$(dirname "$0")"
root=$(cd ../../../.. && pwd)
cd "$root"
{
  find internal/face/ui/assets \( -name node_modules -o -name .static \) -prune -o -type f -print
  find internal -type d -name node_modules -prune -o -type f -name '*.templ' -print
} | LC_ALL=C sort | while read -r f; do
  printf '%s ' "$f"
  sha256sum <"$f"
done | sha256sum | cut -d' ' -f1
