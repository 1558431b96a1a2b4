#!/bin/sh
# Makes src/styles/fonts from the fonts that npm has fetched. Wanted: pip install fonttools==4.60.1 brotli==1.1.0
#
# The page waits for its typefaces, so what comes first is what English and French are written with, in the weights that are
# used; other letters of western languages follow where a text has them.
set -eu
cd "$(dirname "$0")/.."

from=node_modules/@fontsource-variable
to=src/styles/fonts
tmp=$(mktemp -d)
trap 'rm -r "$tmp"' EXIT
mkdir -p "$to"

# The letters of a file, as src/styles/base.css says them to browsers: there alone they are listed.
letters() {
  tr -d '\n' < src/styles/base.css | sed -n "s|.*/$1\.woff2'[^}]*unicode-range: *\([^;]*\);.*|\1|p" | tr -d ' '
}

# Of the names only copyright and licence stay: a changed font must not bear a reserved one.
subset() {
  letters=$(letters "$2")
  test -n "$letters"
  pyftsubset "$tmp/$1.ttf" --unicodes="$letters" --layout-features=calt,ccmp,kern,liga,locl,mark,mkmk,tnum --name-IDs=0,13,14 \
    --flavor=woff2 --output-file="$to/$2.woff2"
}

fonttools varLib.instancer -q "$from/inter/files/inter-latin-wght-normal.woff2" wght=400:700 -o "$tmp/text.ttf"
fonttools varLib.instancer -q "$from/comfortaa/files/comfortaa-latin-wght-normal.woff2" wght=600 -o "$tmp/title.ttf"
for face in text title; do
  subset $face $face
  subset $face $face-other
done
cp "$from/inter/LICENSE" "$to/text.LICENSE"
cp "$from/comfortaa/LICENSE" "$to/title.LICENSE"
