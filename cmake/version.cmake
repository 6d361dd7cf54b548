# Reads the version line of the top CMakeLists.txt into PORTCULLIS_VERSION.
file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../CMakeLists.txt" version_line
  REGEX "^project\\(portcullis ")
string(REGEX MATCH "VERSION ([0-9]+\\.[0-9]+\\.[0-9]+)" version_match "${version_line}")
set(PORTCULLIS_VERSION "${CMAKE_MATCH_1}")
if(NOT PORTCULLIS_VERSION)
  message(FATAL_ERROR "no version line in the top CMakeLists.txt")
endif()
