# What `cmake --install` puts into a prefix for C++ and C programs: headers, the static library, and
# how CMake (find_package(portcullis CONFIG)) and pkg-config find them. The prefix may be moved.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/portcullis")
set(package_files "${CMAKE_CURRENT_BINARY_DIR}/package")

target_include_directories(portcullis PUBLIC "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
install(TARGETS portcullis EXPORT portcullisTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT portcullis_development)
install(DIRECTORY include/ "${CMAKE_CURRENT_BINARY_DIR}/include/"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT portcullis_development)
install(FILES
  "${PROJECT_SOURCE_DIR}/LICENSE-MIT" "${PROJECT_SOURCE_DIR}/LICENSE-APACHE"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/portcullis" COMPONENT portcullis_development)

install(EXPORT portcullisTargets NAMESPACE portcullis::
  DESTINATION "${package_folder}" COMPONENT portcullis_development)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/portcullisConfig.cmake.in"
  "${package_files}/portcullisConfig.cmake" INSTALL_DESTINATION "${package_folder}")
# Before 1.0.0 a minor version may break what the last one promised.
write_basic_package_version_file("${package_files}/portcullisConfigVersion.cmake"
  VERSION "${PORTCULLIS_VERSION}" COMPATIBILITY SameMinorVersion)
install(FILES
  "${package_files}/portcullisConfig.cmake" "${package_files}/portcullisConfigVersion.cmake"
  DESTINATION "${package_folder}" COMPONENT portcullis_development)

# From the .pc file's own place, so that a moved prefix is found.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig"
  OUTPUT_VARIABLE prefix_of_pc)
configure_file("${PROJECT_SOURCE_DIR}/cmake/portcullis.pc.in" "${package_files}/portcullis.pc" @ONLY)
install(FILES "${package_files}/portcullis.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT portcullis_development)
