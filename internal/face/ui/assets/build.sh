#!/bin/sh
# Builds everything under ../static from the inputs here, and the generated Go
# of every *.templ file of the module. Needs Node 20 or newer and Go; the
# outputs are committed, so that nobody else needs Node.
set -eu
cd "$(dirname "$0")"
here=$PWD
done=$here/../static
out=$here/.static # built beside and put in place whole: somebody may be compiling
root=$(cd ../../../.. && pwd)

# Not npm ci: the lock file names Tailwind's engine for Linux only, and ci takes
# that for an error even here. What the lock names is taken by its hash.
npm install --no-save --no-audit --no-fund --ignore-scripts --loglevel=error

rm -rf "$out"
mkdir -p "$out/icons"
(cd "$root" && go run github.com/a-h/templ/cmd/templ@v0.3.977 generate -path internal)

./node_modules/.bin/tailwindcss -i src/app.css -o "$out/app.css" --minify
cp node_modules/htmx.org/dist/htmx.min.js "$out/htmx.min.js"
cp node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2 "$out/inter.woff2"
cat src/combo.js src/edit.js src/invite.js src/pieces.js src/app.js >"$out/app.js"
cp src/theme.js src/mark.svg "$out/"
while read -r name; do
  cp "node_modules/lucide-static/icons/$name.svg" "$out/icons/"
done <icons.txt
{
  echo "The files in this folder contain the following, under these licences."
  for p in htmx.org basecoat-css tailwindcss lucide-static @fontsource-variable/inter; do
    printf '\n== %s %s\n' "$p" "$(node -p "require('./node_modules/$p/package.json').version")"
    cat "node_modules/$p/LICENSE"* 2>/dev/null || echo "See https://www.npmjs.com/package/$p"
  done
} >"$out/licences.txt"

./inputs.sh >"$out/inputs.sha256"
rm -rf "$done"
mv "$out" "$done"
out=$done
echo "built: $(wc -c <"$out/app.css") bytes of CSS, $(gzip -9c "$out/app.css" | wc -c) compressed"
