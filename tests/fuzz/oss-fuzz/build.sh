#!/bin/bash -eu
# What OSS-Fuzz runs: its compiler, flags and engine make each target, with its seeds, dictionary and
# options beside it. tests/hardening/fuzz_test.py runs it with clang's own.
source=$SRC/portcullis
work=${WORK:-/tmp}/portcullis

# libcrypto goes along: the runner has none. Types are not told at run time, which one check would need.
# Without OpenSSL's source: the native backend beside that which asks its host.
cmake -S "$source" -B "$work" -G Ninja \
  -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
  -DCMAKE_C_FLAGS="$CFLAGS" -DCMAKE_CXX_FLAGS="$CXXFLAGS -fno-sanitize=vptr" \
  -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON '-DCMAKE_INSTALL_RPATH=$ORIGIN' \
  -DPORTCULLIS_OPENSSL_SOURCE= -DPORTCULLIS_OPENSSL_HEADERS= \
  -DPORTCULLIS_INSTALL=OFF -DPORTCULLIS_FUZZ=ON "-DPORTCULLIS_FUZZ_ENGINE=$LIB_FUZZING_ENGINE"
targets=$(cd "$source/tests/fuzz" && printf '%s\n' *_fuzz.cpp | sed 's/\.cpp$//' | grep -Ex "${PORTCULLIS_FUZZ_ONLY:-.*}")
# shellcheck disable=SC2086
cmake --build "$work" --parallel "$(nproc)" --target $targets

python3 "$source/tests/fuzz/make_seeds.py" "$work/seeds"
find "$work/tests/fuzz" -name 'libportcullis_fuzz_*.so' -exec cp {} "$OUT/" \;
for target in $targets; do
  name=${target%_fuzz}
  cp "$work/tests/fuzz/$target" "$OUT/"
  ldd "$work/tests/fuzz/$target" | sed -n 's/.*=> \(.*libcrypto[^ ]*\) .*/\1/p' | xargs -r -I{} cp -L {} "$OUT/"
  folders=$(cd "$work/seeds" && ls -d vectors/"$name" kept/"$name" 2> /dev/null || true)
  rm -f "$OUT/${target}_seed_corpus.zip"
  # shellcheck disable=SC2086
  (cd "$work/seeds" && zip -q -r -j "$OUT/${target}_seed_corpus.zip" $folders)
  cp "$work/seeds/dictionaries/$name.dict" "$OUT/$target.dict"
  printf '[libfuzzer]\nmax_len = 4096\ntimeout = 25\nrss_limit_mb = 2048\n' > "$OUT/$target.options"
done
