suoyin_unit_test(base)
suoyin_unit_test(page)
suoyin_unit_test(dead_letter)
suoyin_unit_test(identity)
# Driven by tests/integration/test_identity.py with histories of the model.
add_executable(identity_replay unit/identity_replay.c)
target_link_libraries(identity_replay PRIVATE runtime)
set_target_properties(identity_replay PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
