# `cmake --install` and the Debian package (`./dev package`, or cpack in a Release
# tree): the program, its TLS libraries, the unit, the user, manual, completions.
if(NOT TARGET plimsoll)
  return()
endif()
# Installing what is built does not build tests first.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

# The shipped configuration with the one path that a service has elsewhere.
file(READ ${CMAKE_SOURCE_DIR}/config/plimsoll.yaml packaged_config)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/config/plimsoll.yaml)
string(REPLACE "\n  path: data/plimsoll.db\n" "\n  path: /var/lib/plimsoll/plimsoll.db\n" service_config "${packaged_config}")
if(service_config STREQUAL packaged_config)
  message(FATAL_ERROR "config/plimsoll.yaml has no \"path: data/plimsoll.db\" to put the service's path in place of")
endif()
set(packaged ${CMAKE_BINARY_DIR}/packaged)
file(WRITE ${packaged}/plimsoll.yaml "${service_config}")

set(deploy ${CMAKE_SOURCE_DIR}/deploy)
install(TARGETS plimsoll RUNTIME DESTINATION bin)
install(FILES ${packaged}/plimsoll.yaml ${deploy}/debian/web.yml DESTINATION /etc/plimsoll)
install(FILES ${deploy}/debian/plimsoll.default DESTINATION /etc/default RENAME plimsoll)
install(FILES ${deploy}/systemd/plimsoll.service DESTINATION /lib/systemd/system)
install(FILES ${deploy}/systemd/sysusers.conf DESTINATION lib/sysusers.d RENAME plimsoll.conf)
install(FILES ${deploy}/completion/plimsoll.bash DESTINATION share/bash-completion/completions RENAME plimsoll)
install(FILES ${deploy}/completion/plimsoll.zsh DESTINATION share/zsh/vendor-completions RENAME _plimsoll)
install(FILES ${deploy}/completion/plimsoll.fish DESTINATION share/fish/vendor_completions.d)
install(FILES ${deploy}/debian/copyright ${CMAKE_SOURCE_DIR}/docs/configuration.md ${CMAKE_SOURCE_DIR}/docs/metrics.md
        DESTINATION share/doc/plimsoll)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/dashboards/grafana ${CMAKE_SOURCE_DIR}/dashboards/prometheus DESTINATION share/plimsoll)

# Debian wants manual and changelog compressed, without a time in them.
find_program(GZIP gzip)
if(GZIP)
  foreach(pair "${deploy}/man/plimsoll.1=plimsoll.1.gz" "${CMAKE_SOURCE_DIR}/CHANGELOG.md=changelog.gz")
    string(REPLACE "=" ";" pair "${pair}")
    list(GET pair 0 source)
    list(GET pair 1 name)
    add_custom_command(OUTPUT ${packaged}/${name} COMMAND ${GZIP} -9nc ${source} > ${packaged}/${name} DEPENDS ${source}
                       VERBATIM)
  endforeach()
  add_custom_target(plimsoll_packaged DEPENDS ${packaged}/plimsoll.1.gz ${packaged}/changelog.gz)
  add_dependencies(plimsoll plimsoll_packaged)
  install(FILES ${packaged}/plimsoll.1.gz DESTINATION share/man/man1)
  install(FILES ${packaged}/changelog.gz DESTINATION share/doc/plimsoll)
else()
  install(FILES ${deploy}/man/plimsoll.1 DESTINATION share/man/man1)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME plimsoll)
set(CPACK_PACKAGE_VENDOR "Plimsoll")
set(CPACK_PACKAGE_CONTACT "The Plimsoll authors <plimsoll@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "container metrics, history and alerts of one host")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Measures every container of this host from the kernel's own files, serves the\n\
figures on /metrics under cAdvisor's names, keeps a history in one SQLite file\n\
and tells people when a container is beyond its limits.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${deploy}/debian/conffiles ${deploy}/debian/postinst ${deploy}/debian/prerm
                                       ${deploy}/debian/postrm)
# libcurl is opened at run time, where dpkg-shlibdeps does not see it. postinst makes the user with systemd-sysusers.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "libcurl4 | libcurl4t64, init-system-helpers (>= 1.51), systemd | systemd-standalone-sysusers")
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
if(DPKG_SHLIBDEPS)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
else()
  message(STATUS "without dpkg-shlibdeps (dpkg-dev) a package would not name the libraries it needs")
endif()
include(CPack)
