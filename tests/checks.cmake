# Checks that run a script of this folder over the source.
foreach(check layers headers style docs shell)
  add_test(NAME ${check} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/${check}.sh)
  set_tests_properties(${check} PROPERTIES LABELS unit TIMEOUT 60 SKIP_RETURN_CODE 77)
endforeach()
# The checks themselves find what they are for: planted faults.
add_test(NAME checks_find_faults COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/checks_find_faults.sh)
set_tests_properties(checks_find_faults PROPERTIES LABELS unit TIMEOUT 60)
