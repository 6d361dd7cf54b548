# The whole of libcrypto, which tools/dev/openssl_wasm.py builds, for a module that imports nothing.
if(NOT EXISTS "${PORTCULLIS_OPENSSL_LIBRARY}")
  message(FATAL_ERROR "PORTCULLIS_OPENSSL_LIBRARY does not name a libcrypto.a for WASM; "
    "./dev build wasm builds one")
endif()

add_library(portcullis_libcrypto STATIC IMPORTED)
set_target_properties(portcullis_libcrypto PROPERTIES
  IMPORTED_LOCATION "${PORTCULLIS_OPENSSL_LIBRARY}")

# As an object, not in an archive: nothing else may answer for what it defines. Without -flto, which
# --wrap does not see through.
add_library(portcullis_no_system OBJECT
  "${CMAKE_CURRENT_LIST_DIR}/../core/src/crypto/openssl_parts/no_system.c")
target_include_directories(portcullis_no_system SYSTEM PRIVATE
  "${PORTCULLIS_OPENSSL_HEADERS}"
  "${PORTCULLIS_OPENSSL_SOURCE}/include"
)
target_compile_options(portcullis_no_system PRIVATE -fno-lto)
target_link_libraries(portcullis_no_system PRIVATE portcullis::defaults)

add_library(portcullis_openssl_full INTERFACE)
add_library(portcullis::openssl_full ALIAS portcullis_openssl_full)
target_sources(portcullis_openssl_full INTERFACE $<TARGET_OBJECTS:portcullis_no_system>)
target_include_directories(portcullis_openssl_full SYSTEM INTERFACE
  "${PORTCULLIS_OPENSSL_HEADERS}"
  "${PORTCULLIS_OPENSSL_SOURCE}/include"
)
target_link_libraries(portcullis_openssl_full INTERFACE portcullis_libcrypto)
target_link_options(portcullis_openssl_full INTERFACE
  -sMALLOC=emmalloc                  # libcrypto's own memory: what the module's memory has left
  -Wl,--wrap=BN_priv_rand_range_ex   # no_system.c says why
)
