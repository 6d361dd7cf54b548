# The programs that ./dev gate counts with. tests/CMakeLists.txt includes this file; for another revision of
# the tree, which may not have it, the gate has CMake include it (CMAKE_PROJECT_portcullis_INCLUDE).
include_guard(GLOBAL)

function(portcullis_add_gate)
  set(folder "${CMAKE_CURRENT_FUNCTION_LIST_DIR}")
  set(out "${PROJECT_BINARY_DIR}/gate")
  find_path(PORTCULLIS_VALGRIND_INCLUDE valgrind/callgrind.h)
  if(NOT PORTCULLIS_VALGRIND_INCLUDE)
    message(STATUS "without valgrind there is no ./dev gate")
    return()
  endif()

  add_custom_target(portcullis_gate)

  # The core; and once more with work to no purpose, for the gate's own test.
  find_package(nlohmann_json 3.11 REQUIRED)
  set(planted 0)
  foreach(target portcullis_gate_core portcullis_gate_core_planted)
    add_executable(${target} "${folder}/count.cpp")
    target_include_directories(${target} SYSTEM PRIVATE "${PORTCULLIS_VALGRIND_INCLUDE}")
    target_compile_definitions(${target} PRIVATE PORTCULLIS_GATE_PLANTED=${planted})
    target_link_libraries(${target} PRIVATE
      portcullis::core portcullis::defaults nlohmann_json::nlohmann_json ${CMAKE_DL_LIBS})
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${out}")
    set(planted 1)
    add_dependencies(portcullis_gate ${target})
  endforeach()

  # mark() for the runtimes.
  if(TARGET portcullis_node)
    add_library(portcullis_gate_mark_node MODULE "${folder}/mark_node.c")
    target_include_directories(portcullis_gate_mark_node SYSTEM PRIVATE "${NODE_API_INCLUDE}")
    set_target_properties(portcullis_gate_mark_node PROPERTIES OUTPUT_NAME mark SUFFIX .node)
  endif()
  add_library(portcullis_gate_mark_python MODULE "${folder}/mark_python.c")
  set_target_properties(portcullis_gate_mark_python PROPERTIES OUTPUT_NAME mark SUFFIX .so)
  foreach(target portcullis_gate_mark_node portcullis_gate_mark_python)
    if(TARGET ${target})
      target_include_directories(${target} SYSTEM PRIVATE "${PORTCULLIS_VALGRIND_INCLUDE}")
      set_target_properties(${target} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY "${out}")
      add_dependencies(portcullis_gate ${target})
    endif()
  endforeach()

  foreach(module portcullis_node portcullis_python)
    if(TARGET ${module})
      portcullis_add_named(${module} "${out}")
      add_dependencies(portcullis_gate ${module}_named)
    endif()
  endforeach()
endfunction()

# The options of a list that do not take the names of functions away.
function(portcullis_without_strip result)
  list(FILTER ARGN EXCLUDE REGEX "strip-(all|debug)|^-s$|^LINKER:-s$")
  set(${result} "${ARGN}" PARENT_SCOPE)
endfunction()

# The same objects linked once more, with the names of their functions: callgrind tells which cost what.
function(portcullis_add_named module out)
  set(named ${module}_named)
  add_library(${named} MODULE $<TARGET_OBJECTS:${module}>)
  foreach(property IN ITEMS PREFIX OUTPUT_NAME SUFFIX)
    get_target_property(value ${module} ${property})
    set_target_properties(${named} PROPERTIES ${property} "${value}")
  endforeach()
  set_target_properties(${named} PROPERTIES
    LINKER_LANGUAGE CXX LIBRARY_OUTPUT_DIRECTORY "${out}")
  get_target_property(options ${module} LINK_OPTIONS)
  if(options)
    portcullis_without_strip(options ${options})
    target_link_options(${named} PRIVATE ${options})
  endif()
  get_target_property(libraries ${module} LINK_LIBRARIES)
  foreach(library IN LISTS libraries)
    if(TARGET ${library})
      get_target_property(options ${library} INTERFACE_LINK_OPTIONS)
      get_target_property(kind ${library} TYPE)
      if(options MATCHES "strip" AND kind STREQUAL "INTERFACE_LIBRARY")
        portcullis_without_strip(options ${options})
        target_link_options(${named} PRIVATE ${options})
        continue()
      endif()
    endif()
    # Targets that only their own directory knows are a package's headers.
    if(TARGET ${library} OR library MATCHES "^\\$<LINK_LIBRARY" OR NOT library MATCHES "::")
      target_link_libraries(${named} PRIVATE ${library})
    endif()
  endforeach()
endfunction()

# When all else of the tree is known.
cmake_language(DEFER DIRECTORY "${PROJECT_SOURCE_DIR}" CALL portcullis_add_gate)
