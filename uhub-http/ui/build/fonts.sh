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

common=U+20-7E,U+A0,U+AB,U+B0,U+B7,U+BB,U+C0,U+C2,U+C4,U+C6-CB,U+CE,U+CF,U+D4,U+D7,U+D9,U+DB,U+DC,U+E0,U+E2,U+E4,U+E6-EB,U+EE,U+EF,U+F4,U+F9,U+FB,U+FC,U+FF,U+152,U+153,U+2013,U+2014,U+2018,U+2019,U+201C,U+201D,U+2022,U+2026,U+20AC,U+2191,U+2193,U+2212
other=U+A1-AA,U+AC-AF,U+B1-B6,U+B8-BA,U+BC-BF,U+C1,U+C3,U+C5,U+CC,U+CD,U+D0-D3,U+D5,U+D6,U+D8,U+DA,U+DD-DF,U+E1,U+E3,U+E5,U+EC,U+ED,U+F0-F3,U+F5-F8,U+FA,U+FD,U+FE,U+131,U+2BB,U+2BC,U+2C6,U+2DA,U+2DC,U+300-304,U+308,U+309,U+323,U+2032,U+2033,U+2039,U+203A,U+2044,U+2122

# Of the names only copyright and licence stay: a changed font must not bear a reserved one.
subset() {
  pyftsubset "$tmp/$1.ttf" --unicodes="$2" --layout-features=calt,ccmp,kern,liga,locl,mark,mkmk,tnum --name-IDs=0,13,14 \
    --flavor=woff2 --output-file="$to/$3.woff2"
}

fonttools varLib.instancer -q "$from/inter/files/inter-latin-wght-normal.woff2" wght=400:700 -o "$tmp/text.ttf"
fonttools varLib.instancer -q "$from/comfortaa/files/comfortaa-latin-wght-normal.woff2" wght=600 -o "$tmp/title.ttf"
for face in text title; do
  subset $face $common $face
  subset $face $other $face-other
done
cp "$from/inter/LICENSE" "$to/text.LICENSE"
cp "$from/comfortaa/LICENSE" "$to/title.LICENSE"
