# suoyin_embed(TARGET OUT.c SYMBOL FILE…): files as one C table of {name, text}, ended by {NULL, NULL}.
function(suoyin_embed out symbol)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DSYMBOL=${symbol} "-DFILES=${ARGN}" -P ${CMAKE_SOURCE_DIR}/cmake/embed_run.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed_run.cmake
    VERBATIM)
endfunction()
