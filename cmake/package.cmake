# cmake --workflow --preset package: build/package/suoyin_VERSION_ARCHITECTURE.deb.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME suoyin)
set(CPACK_PACKAGE_CONTACT "suoyin maintainers <maintainers@suoyin.invalid>" CACHE STRING "who answers for the package")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_SET_DESTDIR ON) # /etc is not below the prefix
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS postgresql-client)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql (>= 15)")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "watches government portals and turns their reports into rows
suoyin watches government portals, notices every newly published report
within minutes, and turns it - exactly once - into a structured, dated,
searchable record in PostgreSQL that can be traced back to the bytes the
portal served.

The crawler publishes pages to Apache Kafka, workers take them from there;
both can run many times. This package holds both, the operator's suoyinctl,
and their systemd units; Kafka and PostgreSQL run where you say.")
file(WRITE ${CMAKE_BINARY_DIR}/conffiles "/etc/suoyin/crawler.yaml\n/etc/suoyin/worker.yaml\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_BINARY_DIR}/conffiles ${CMAKE_SOURCE_DIR}/deploy/debian/postinst
  ${CMAKE_SOURCE_DIR}/deploy/debian/prerm ${CMAKE_SOURCE_DIR}/deploy/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
