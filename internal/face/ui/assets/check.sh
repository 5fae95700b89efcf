#!/bin/sh
# Fails when a committed built file does not follow from its inputs. Needs no
# Node: the stylesheet is judged by a hash over its inputs, the generated Go by
# generating it again.
set -eu
cd "$(dirname "$0")"
root=$(cd ../../../.. && pwd)
bad=0

want=$(cat ../static/inputs.sha256 2>/dev/null || echo "missing")
have=$(./inputs.sh)
if [ "$want" != "$have" ]; then
  echo "internal/face/ui/static is older than its inputs: run internal/face/ui/assets/build.sh (Node 20 or newer)" >&2
  bad=1
fi

# The generator writes beside its sources, so it works on a copy. It notes the
# files by their path below -path, which is always "internal".
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cd "$root"
find internal -type d -name node_modules -prune -o -type f -name '*.templ' -print >"$copy/templates"
while read -r f; do
  mkdir -p "$copy/$(dirname "$f")"
  cp "$f" "$copy/$f"
done <"$copy/templates"
cp go.mod "$copy/"
if ! go run github.com/a-h/templ/cmd/templ@v0.3.977 generate -path "$copy/internal" >"$copy/log" 2>&1; then
  cat "$copy/log" >&2
  exit 1
fi
while read -r f; do
  go=${f%.templ}_templ.go
  if ! cmp -s "$copy/$go" "$go"; then
    echo "$go does not follow from its template: run templ generate -path internal" >&2
    bad=1
  fi
done <"$copy/templates"
find internal -type d -name node_modules -prune -o -type f -name '*_templ.go' -print >"$copy/generated"
while read -r go; do
  if [ ! -f "${go%_templ.go}.templ" ]; then
    echo "$go has no template any more" >&2
    bad=1
  fi
done <"$copy/generated"
exit $bad
