"""The whole of OpenSSL's libcrypto for WASM, which one form of the module is linked with. It is
built once, from the same source as the hashes, with everything left out that verifying RSA, ECDSA,
Ed25519 and HMAC with SHA-2 through EVP does not need."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from . import command, stamp
from .console import Failure, Step
from .environment import make_openssl_source, openssl_source
from .paths import BUILD, OPENSSL_LOCK

_FOLDER = BUILD / "openssl-wasm"

_CONFIGURE = (
    "linux-generic32",
    # The generic curve code takes three times as long for ES256 as this, which costs 10 % of size.
    "enable-ec_nistp_64_gcc_128",
    # The module has no system: no files, no threads, no sockets, no random numbers.
    "--with-rand-seed=none",
    *"no-asm no-threads no-shared no-module no-pic no-dso no-engine no-async no-atexit".split(),
    *"no-sock no-stdio no-posix-io no-ui-console no-secure-memory no-autoload-config".split(),
    *"no-thread-pool no-default-thread-pool no-egd no-afalgeng no-rdrand".split(),
    *"no-autoalginit no-autoerrinit no-err no-filenames no-deprecated".split(),
    # Programs, protocols and containers.
    *"no-apps no-docs no-tests no-legacy no-tls no-dtls no-quic no-http no-ktls no-srtp".split(),
    *"no-nextprotoneg no-ssl-trace no-integrity-only-ciphers no-tls-deprecated-ec".split(),
    *"no-cmp no-cms no-comp no-ct no-ocsp no-psk no-rfc3779 no-srp no-ts no-gost".split(),
    *"no-fips-securitychecks".split(),
    # Algorithms.
    *"no-argon2 no-aria no-bf no-blake2 no-camellia no-cast no-chacha no-cmac no-des".split(),
    *"no-dh no-dsa no-ec2m no-idea no-md4 no-mdc2 no-ml-dsa no-ml-kem no-multiblock".split(),
    *"no-ocb no-poly1305 no-rc2 no-rc4 no-rmd160 no-scrypt no-seed no-siphash no-siv".split(),
    *"no-slh-dsa no-sm2 no-sm3 no-sm4 no-whirlpool".split(),
)
_FLAGS = (
    *"-Os -DNDEBUG -ffunction-sections -fdata-sections -fvisibility=hidden".split(),
    *"-mbulk-memory -msign-ext -mnontrapping-fptoint".split(),
)


def _compiler() -> str:
    """emcc's clang with emcc's flags: emcc itself is a Python program, which takes longer than the
    compiler for most of libcrypto's 600 files."""
    flags = command.answer_of(["emcc", "--cflags"])
    folder = command.answer_of(["em-config", "LLVM_ROOT"])
    if not flags or not folder:
        raise Failure("emcc --cflags and em-config LLVM_ROOT do not answer; see ./dev doctor")
    version = command.answer_of(["em-config", "CLANG_ADD_VERSION"])
    return f"{Path(folder) / (f'clang-{version}' if version else 'clang')} {flags}"


def _key() -> str:
    return stamp.key_of(OPENSSL_LOCK, " ".join((*_CONFIGURE, *_FLAGS)))


def openssl_wasm_is_fresh() -> bool:
    return openssl_wasm_library().exists() and stamp.is_fresh(_FOLDER, _key())


def make_openssl_wasm() -> None:
    if openssl_wasm_is_fresh():
        return
    make_openssl_source()
    with Step("libcrypto for WASM into build/openssl-wasm"):
        shutil.rmtree(_FOLDER, ignore_errors=True)
        _FOLDER.mkdir(parents=True)
        command.run(
            "openssl wasm configure",
            ["perl", openssl_source() / "Configure", *_CONFIGURE, *_FLAGS],
            cwd=_FOLDER,
            env={"CC": _compiler(), "AR": "emar", "RANLIB": "emranlib", "CROSS_COMPILE": ""},
        )
        jobs = str(len(os.sched_getaffinity(0)))
        command.run(
            "openssl wasm build",
            ["make", "--jobs", jobs, "build_generated", "libcrypto.a"],
            cwd=_FOLDER,
            env={"NODE_PATH": "/usr/share/nodejs"},
        )
        stamp.make(_FOLDER, _key())


def openssl_wasm_library() -> Path:
    return _FOLDER / "libcrypto.a"
