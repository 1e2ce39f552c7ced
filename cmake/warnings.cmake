# The warning set of docs/STYLE.md, for gcc and clang alike.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
  -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-align -Wwrite-strings -Wformat=2 -Wundef
  -Wvla -Wswitch-enum -Wnull-dereference -fno-common -fno-strict-aliasing)
if(SUOYIN_WERROR)
  add_compile_options(-Werror)
endif()
if(SUOYIN_SANITIZE)
  add_compile_options(-fsanitize=${SUOYIN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SUOYIN_SANITIZE})
  # Each piece of an arena in memory of its own, so that reading past one is seen.
  add_compile_definitions(ARENA_BLOCK_MIN=1)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2)
  add_link_options(-pie -Wl,-z,relro,-z,now)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # Extraction is many small functions, called for each word or character; when linking, too: see LTO.
    set(SUOYIN_INLINE --param=inline-unit-growth=100 --param=max-inline-insns-auto=100)
    add_compile_options(${SUOYIN_INLINE})
    add_link_options(${SUOYIN_INLINE})
  endif()
endif()
