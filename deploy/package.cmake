# What `cmake --install` installs, and the .deb that deploy/deb makes of it.
include(GNUInstallDirs)

set(deploy ${CMAKE_CURRENT_LIST_DIR})

install(TARGETS lastframe RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# Decided when it is installed, since `--prefix` and CPack choose the prefix then.
install(CODE "set(source \"${CMAKE_SOURCE_DIR}\")\nset(bin \"${CMAKE_INSTALL_BINDIR}\")\nset(man \"${CMAKE_INSTALL_MANDIR}\")")
install(CODE [=[
  set(etc "${CMAKE_INSTALL_PREFIX}/etc")
  if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    set(etc /etc)
  endif()

  # A configuration that is there already is its owner's.
  if(NOT EXISTS "$ENV{DESTDIR}${etc}/lastframe/lastframe.yaml")
    file(INSTALL "${source}/configs/sidecar.yaml" DESTINATION "${etc}/lastframe" RENAME lastframe.yaml)
  endif()

  file(READ "${source}/deploy/systemd/lastframe.service" unit)
  string(REPLACE /usr/bin/lastframe "${CMAKE_INSTALL_PREFIX}/${bin}/lastframe" unit "${unit}")
  string(REPLACE /etc/lastframe "${etc}/lastframe" unit "${unit}")
  file(WRITE "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/lib/systemd/system/lastframe.service" "${unit}")
  file(INSTALL "${source}/deploy/systemd/lastframe.socket" DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")

  file(INSTALL "${source}/deploy/man/lastframe.8" DESTINATION "${CMAKE_INSTALL_PREFIX}/${man}/man8")
  file(INSTALL "${source}/deploy/man/lastframe.yaml.5" DESTINATION "${CMAKE_INSTALL_PREFIX}/${man}/man5")
  set(at "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${man}")
  execute_process(COMMAND gzip -9nf "${at}/man8/lastframe.8" "${at}/man5/lastframe.yaml.5" COMMAND_ERROR_IS_FATAL ANY)
]=])

# What `lastframe schema` prints, where editors find it.
install(CODE "set(lastframe \"$<TARGET_FILE:lastframe>\")\nset(data \"${CMAKE_INSTALL_DATADIR}\")")
install(CODE [=[
  set(at "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${data}/lastframe")
  file(MAKE_DIRECTORY "${at}")
  execute_process(COMMAND "${lastframe}" schema OUTPUT_FILE "${at}/lastframe.schema.json" COMMAND_ERROR_IS_FATAL ANY)
]=])

set(completion ${deploy}/completion)
install(FILES ${completion}/lastframe.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME lastframe)
install(FILES ${completion}/_lastframe DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${completion}/lastframe.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

install(FILES ${deploy}/prometheus/lastframe.rules.yml ${deploy}/prometheus/lastframe.alerts.yml
  DESTINATION ${CMAKE_INSTALL_DATADIR}/lastframe/prometheus)
install(DIRECTORY ${deploy}/grafana/dashboards DESTINATION ${CMAKE_INSTALL_DATADIR}/lastframe/grafana)

install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(DIRECTORY docs configs DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The lastframe authors <lastframe@lastframe.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "WebSocket reverse proxy that says why connections close")
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Stands in front of a service, relays its WebSocket connections without
 touching a message, makes sure that each ends with a Close frame that says
 why, and counts each ending for Prometheus.")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${deploy}/debian/conffiles ${deploy}/debian/postinst ${deploy}/debian/prerm ${deploy}/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
