# The only place for compiler and linker flags of the native build (wasm/CMakeLists.txt has the
# WASM ones).
#
#   portcullis::defaults     every target: language level, warnings, sections
#   portcullis::no_throw     the core: no exceptions, no RTTI
#   portcullis::guided       what the engine of the fuzz targets follows
#   portcullis::module       a shared object that a runtime loads: whole-program, small, few symbols

include_guard(GLOBAL)
include("${CMAKE_CURRENT_LIST_DIR}/version.cmake")

option(PORTCULLIS_WERROR "Treat warnings as errors" OFF)
set(PORTCULLIS_SANITIZE "" CACHE STRING
  "What is built to be tested only: `address`, with the sanitizers of undefined behaviour and leaks, or `thread`")
set_property(CACHE PORTCULLIS_SANITIZE PROPERTY STRINGS "" address thread)

get_property(several_configurations GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT several_configurations)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

# -O3 gives nothing measurable over -O2 here and makes the modules larger.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")

add_library(portcullis_defaults INTERFACE)
add_library(portcullis::defaults ALIAS portcullis_defaults)
target_compile_features(portcullis_defaults INTERFACE cxx_std_20)
target_compile_options(portcullis_defaults INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  # Lets --gc-sections drop what a module does not reach.
  -ffunction-sections -fdata-sections
  $<$<BOOL:${PORTCULLIS_WERROR}>:-Werror>
)
# What is instrumented is compiled in one way everywhere: fast to build, and a report names lines.
set(address_sanitizer -fsanitize=address,undefined)
set(thread_sanitizer -fsanitize=thread)
if(PORTCULLIS_SANITIZE)
  set(sanitizer ${${PORTCULLIS_SANITIZE}_sanitizer})
  if(NOT sanitizer)
    message(FATAL_ERROR "PORTCULLIS_SANITIZE is address or thread, not ${PORTCULLIS_SANITIZE}")
  endif()
  target_compile_options(portcullis_defaults INTERFACE
    ${sanitizer} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1
    # A target with this property takes longer to compile than to run.
    $<IF:$<BOOL:$<TARGET_PROPERTY:PORTCULLIS_COMPILE_FAST>>,-O0,-O1>)
  # An index and an iterator of the library's are checked.
  target_compile_definitions(portcullis_defaults INTERFACE _GLIBCXX_ASSERTIONS=1)
  target_link_options(portcullis_defaults INTERFACE ${sanitizer})
endif()
# By what the engine sees where an input goes: the core and the fuzz targets.
add_library(portcullis_guided INTERFACE)
add_library(portcullis::guided ALIAS portcullis_guided)
if(PORTCULLIS_FUZZ)
  target_compile_options(portcullis_guided INTERFACE -fsanitize=fuzzer-no-link)
endif()

add_library(portcullis_no_throw INTERFACE)
add_library(portcullis::no_throw ALIAS portcullis_no_throw)
target_compile_options(portcullis_no_throw INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>)
# gcc's sanitizer of undefined behaviour reads type information.
if(NOT PORTCULLIS_SANITIZE OR CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_compile_options(portcullis_no_throw INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)
endif()

# Whether a core is compiled for the linker to see as a whole.
set(PORTCULLIS_WHOLE_PROGRAM OFF)
if(NOT PORTCULLIS_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(PORTCULLIS_WHOLE_PROGRAM ON)
endif()

add_library(portcullis_module INTERFACE)
add_library(portcullis::module ALIAS portcullis_module)
if(NOT PORTCULLIS_SANITIZE)
  # What is called in other libraries is found when the module is loaded (-z now below): no stub for each.
  target_compile_options(portcullis_module INTERFACE -flto -fno-plt)
  target_link_options(portcullis_module INTERFACE -flto=auto -Wl,--strip-all)
endif()
target_link_options(portcullis_module INTERFACE
  -Wl,--gc-sections
  -Wl,-O1
  # libcrypto.a asks for libdl and libpthread, which the one SHA-256 object does not use.
  -Wl,--as-needed
  -Wl,--hash-style=gnu
  -Wl,--build-id=none
  # What the loader has filled in is read-only from then on; docs/performance.md has what that costs,
  # and what other hardening would.
  -Wl,-z,relro,-z,now
  # One page less per segment on disk: half of a small module would be padding.
  -Wl,-z,noseparate-code
)

# Only the named symbols leave the module; see the file for why each is there.
function(portcullis_export_only target map)
  cmake_path(ABSOLUTE_PATH map)
  target_link_options(${target} PRIVATE "LINKER:--version-script=${map}")
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${map}")
endfunction()

# The module loads on a glibc older than the one that it is built with; see the file.
function(portcullis_load_on_old_glibc target)
  set(source "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/old_glibc.c")
  set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS -fno-lto)
  target_sources(${target} PRIVATE "${source}")
  target_link_options(${target} PRIVATE LINKER:--wrap=dlopen,--wrap=dlsym)
endfunction()
